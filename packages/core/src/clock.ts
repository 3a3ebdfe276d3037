/** Time, injected so that tests decide about it. */
export interface Clock {
  /** Epoch milliseconds. May jump both ways. */
  now(): number;
  /** Milliseconds from an arbitrary start; never goes back. */
  monotonic(): number;
  /** Calls back once after `delayMs`. @returns the call that cancels it. Does not keep the process alive. */
  schedule(delayMs: number, callback: () => void): () => void;
}

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule(delayMs, callback) {
    // setTimeout takes no more than 2^31 - 1 ms; a caller that waits longer is woken early and asks again.
    const timer = setTimeout(callback, Math.min(Math.max(delayMs, 0), 0x7fffffff));
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Settles after `delayMs`, or at once when `signal` aborts; never rejects. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const cancel = clock.schedule(delayMs, done);
    function done(): void {
      cancel();
      signal?.removeEventListener("abort", done);
      resolve();
    }
    signal?.addEventListener("abort", done);
  });
}

const leastMs = 100;
const mostMs = 30_000;
/** A process that lived so long has recovered from whatever ended it before. */
const stableMs = 60_000;

/** How long to wait before a process is started again: doubles while it ends soon after each start. */
export class RestartDelay {
  #nextMs = leastMs;

  /** @param livedMs how long the process that has just ended lived. */
  next(livedMs: number): number {
    if (livedMs >= stableMs) this.#nextMs = leastMs;
    const delayMs = this.#nextMs;
    this.#nextMs = Math.min(mostMs, delayMs * 2);
    return delayMs;
  }
}

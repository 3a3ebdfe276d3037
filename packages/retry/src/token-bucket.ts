import type { Clock } from "@sewer/core";

/** What may be spent at once after a rest: one second's worth. */
const burstMs = 1000;

/**
 * Limits a rate in bytes per second. It may go into debt: what is spent at once may be more than it holds, and
 * the next has to wait until that is paid. So a batch of any size passes, at the right rate on average. Kept as
 * the one time at which nothing is owed (the generic cell rate algorithm), so nothing has to be filled up.
 */
export class TokenBucket {
  readonly #bytesPerSecond: number;
  readonly #clock: Clock;
  #readyMs = -Infinity;

  constructor(bytesPerSecond: number, clock: Clock) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#clock = clock;
  }

  /** From when on something may be spent, on the monotonic clock. A time that has passed: now. */
  get readyMs(): number {
    return this.#readyMs;
  }

  spend(bytes: number): void {
    const fullMs = this.#clock.monotonic() - burstMs;
    this.#readyMs = Math.max(this.#readyMs, fullMs) + (bytes * 1000) / this.#bytesPerSecond;
  }
}

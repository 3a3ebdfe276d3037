import type { Clock } from "@sewer/core";

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** A clock that stands still until a test moves it. Wall clock and monotonic clock move together. */
export class ManualClock implements Clock {
  #nowMs: number;
  #monotonicMs = 0;
  #timers = new Set<Timer>();

  /** @param startMs Epoch milliseconds at which it begins. */
  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#monotonicMs;
  }

  schedule(delayMs: number, callback: () => void): () => void {
    const timer: Timer = { dueMs: this.#monotonicMs + Math.max(delayMs, 0), callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** How many callbacks wait. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Moves time on by `ms`, running what falls due in its order, at its time. */
  advance(ms: number): void {
    const endMs = this.#monotonicMs + ms;
    for (;;) {
      const next = this.#earliest();
      if (next === undefined || next.dueMs > endMs) break;
      this.#moveTo(next.dueMs);
      this.#timers.delete(next);
      next.callback();
    }
    this.#moveTo(endMs);
  }

  /** Moves time on to the next callback that waits and runs it. @returns false when none waits. */
  runNext(): boolean {
    const next = this.#earliest();
    if (next === undefined) return false;
    this.#moveTo(Math.max(next.dueMs, this.#monotonicMs));
    this.#timers.delete(next);
    next.callback();
    return true;
  }

  /** Sets the wall clock alone, as NTP or an operator does. */
  jumpTo(epochMs: number): void {
    this.#nowMs = epochMs;
  }

  #moveTo(monotonicMs: number): void {
    this.#nowMs += monotonicMs - this.#monotonicMs;
    this.#monotonicMs = monotonicMs;
  }

  #earliest(): Timer | undefined {
    let earliest: Timer | undefined;
    for (const timer of this.#timers) {
      if (earliest === undefined || timer.dueMs < earliest.dueMs) earliest = timer;
    }
    return earliest;
  }
}

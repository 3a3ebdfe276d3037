import type { Clock } from "@sewer/core";

/** When a segment is due by age: some time after its first record, or on even boundaries of the wall clock. */
export class RollTimer {
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #isAligned: boolean;
  readonly #onDue: () => void;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, everyMs: number, isAligned: boolean, onDue: () => void) {
    this.#clock = clock;
    this.#everyMs = everyMs;
    this.#isAligned = isAligned;
    this.#onDue = onDue;
  }

  /** Begins to count, for a segment whose first record came at `createdMs`. */
  start(createdMs: number): void {
    this.stop();
    const every = this.#everyMs;
    const delayMs = this.#isAligned ? every - (createdMs % every) : every;
    this.#wait(this.#clock.monotonic() + delayMs);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #wait(dueMs: number): void {
    const leftMs = dueMs - this.#clock.monotonic();
    // A clock may call back early when the delay is longer than it can count.
    this.#cancel = this.#clock.schedule(leftMs, () => {
      if (this.#clock.monotonic() < dueMs) this.#wait(dueMs);
      else this.#onDue();
    });
  }
}

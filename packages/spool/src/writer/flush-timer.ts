import type { Clock } from "@sewer/core";

/**
 * Tells when the frame that is being filled has waited long enough. One timer serves all frames and is never
 * taken back: frames that are full before their time come by the hundred a second, and a timer for each costs
 * more than to look, when the one rings, how long the present frame has waited.
 */
export class FlushTimer {
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #sinceMs: () => number | undefined;
  readonly #onDue: () => void;
  #isSet = false;

  /** @param sinceMs Monotonic milliseconds since when the present frame waits; undefined: there is none. */
  constructor(clock: Clock, everyMs: number, sinceMs: () => number | undefined, onDue: () => void) {
    this.#clock = clock;
    this.#everyMs = everyMs;
    this.#sinceMs = sinceMs;
    this.#onDue = onDue;
  }

  /** A frame begins to wait. */
  start(): void {
    if (!this.#isSet) this.#set(this.#everyMs);
  }

  #set(delayMs: number): void {
    this.#isSet = true;
    this.#clock.schedule(delayMs, this.#rings);
  }

  readonly #rings = (): void => {
    this.#isSet = false;
    const sinceMs = this.#sinceMs();
    if (sinceMs === undefined) return;
    const leftMs = sinceMs + this.#everyMs - this.#clock.monotonic();
    if (leftMs > 0) this.#set(leftMs);
    else this.#onDue();
  };
}

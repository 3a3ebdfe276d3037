/** What the moving averages go over, in minutes. */
export const windows = [1, 5, 15] as const;

/** How often {@link EventMeter.tick} has to be called, in milliseconds. */
export const tickMs = 5000;

/** Events a second. */
export interface EventRates {
  /** Moving averages, one for each of {@link windows}. */
  readonly moving: readonly [number, number, number];
  /** Since the meter was made. */
  readonly mean: number;
}

/**
 * Rates of a counter, as the `Meter` of Dropwizard Metrics has them, which the original reported with: averages
 * that weigh what is older less and less, as a Unix load average does.
 */
export class EventMeter {
  readonly #startMs: number;
  #last: number;
  readonly #first: number;
  readonly #moving: [number, number, number] = [0, 0, 0];
  #hasTicked = false;

  /** @param count where the counter stands now; what was before is nobody's rate. */
  constructor(count: number, nowMs: number) {
    this.#startMs = nowMs;
    this.#first = this.#last = count;
  }

  /** Takes in what was counted in the last 5 s. */
  tick(count: number): void {
    const perSecond = ((count - this.#last) * 1000) / tickMs;
    this.#last = count;
    for (const [index, window] of windows.entries()) {
      const weight = 1 - Math.exp(-tickMs / (60_000 * window));
      const before = this.#moving[index]!;
      this.#moving[index] = this.#hasTicked ? before + weight * (perSecond - before) : perSecond;
    }
    this.#hasTicked = true;
  }

  /** As of the last tick; the mean as of now. */
  rates(count: number, nowMs: number): EventRates {
    const seconds = (nowMs - this.#startMs) / 1000;
    return { moving: [...this.#moving], mean: seconds > 0 ? (count - this.#first) / seconds : 0 };
  }
}

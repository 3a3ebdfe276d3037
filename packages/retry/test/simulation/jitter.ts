import { rule } from "./violation.ts";

const bins = 10;
// What the difference of two times may be off by.
const slackMs = 1e-3;
/** Fewer draws say nothing. */
const drawsMin = 2000;

/** Waits as shares of their limits, over many scenarios: even over [0, 1] when the jitter is full. */
export class Jitter {
  readonly #name: string;
  readonly #counts = Array.from({ length: bins }, () => 0);
  #draws = 0;

  constructor(name: string) {
    this.#name = name;
  }

  add(waitMs: number, limitMs: number): void {
    const isWithin = waitMs >= -slackMs && waitMs <= limitMs + slackMs;
    rule(this.#name, isWithin, () => `a wait of ${waitMs} ms, over ${limitMs}`);
    // A limit of a few milliseconds is too coarse to say anything of evenness.
    if (limitMs < 100) return;
    const bin = Math.min(Math.floor((Math.max(waitMs, 0) / limitMs) * bins), bins - 1);
    this.#counts[bin] = (this.#counts[bin] ?? 0) + 1;
    this.#draws += 1;
  }

  /** @throws Violation when the draws are not even. Six standard deviations: chance does not get there. */
  check(): void {
    if (this.#draws < drawsMin) return;
    const expected = this.#draws / bins;
    const tolerance = 6 * Math.sqrt(expected) + this.#draws * 0.01;
    const isEven = this.#counts.every((count) => Math.abs(count - expected) <= tolerance);
    rule(this.#name, isEven, () => `waits are not even: ${this.#counts.join(" ")} of ${this.#draws}`);
  }
}

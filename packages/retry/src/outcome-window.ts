import type { Clock } from "@sewer/core";

const bucketMs = 1000;
const buckets = 30;

interface Bucket {
  readonly index: number;
  successes: number;
  failures: number;
}

/** What came of the attempts of the last 30 s, in buckets of one second: at most 31 of them are kept. */
export class OutcomeWindow {
  readonly #clock: Clock;
  #buckets: Bucket[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  succeeded(): void {
    this.#current().successes += 1;
  }

  failed(): void {
    this.#current().failures += 1;
  }

  clear(): void {
    this.#buckets = [];
  }

  /** True when at least `share` of at least `outcomesMin` attempts failed. */
  isBad(share: number, outcomesMin: number): boolean {
    this.#current();
    let failures = 0;
    let outcomes = 0;
    for (const bucket of this.#buckets) {
      failures += bucket.failures;
      outcomes += bucket.failures + bucket.successes;
    }
    return outcomes >= outcomesMin && failures >= share * outcomes;
  }

  #current(): Bucket {
    const index = Math.floor(this.#clock.monotonic() / bucketMs);
    const last = this.#buckets.at(-1);
    if (last?.index === index) return last;
    this.#buckets = this.#buckets.filter((bucket) => index - bucket.index < buckets);
    const bucket = { index, successes: 0, failures: 0 };
    this.#buckets.push(bucket);
    return bucket;
  }
}

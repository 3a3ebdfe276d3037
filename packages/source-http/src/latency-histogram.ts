/** Upper ends of the buckets, in seconds; the last bucket has none. */
export const latencyBounds: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** How long answers took, as plain counters: one addition for all answers of a write. */
export class LatencyHistogram {
  /** Answers by bucket, each counted in one. */
  readonly #counts = new Float64Array(latencyBounds.length + 1);
  /** Sum of all, in seconds. */
  sumSeconds = 0;

  /** `count` answers took `ms` milliseconds each. */
  add(count: number, ms: number): void {
    const seconds = ms / 1000;
    this.sumSeconds += seconds * count;
    let bucket = 0;
    // Nearly all are in the first bucket.
    while (bucket < latencyBounds.length && seconds > latencyBounds[bucket]!) bucket += 1;
    this.#counts[bucket]! += count;
  }

  /** Prometheus' cumulative buckets: how many took at most `bound`, the last for all. */
  *cumulative(): Generator<readonly [bound: string, count: number], void> {
    let count = 0;
    for (const [index, ofBucket] of this.#counts.entries()) {
      count += ofBucket;
      yield [index < latencyBounds.length ? String(latencyBounds[index]) : "+Inf", count];
    }
  }
}

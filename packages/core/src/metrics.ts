/** One value at the moment of a scrape. */
export interface MetricSample {
  /** Prometheus name: `sewer_` prefix, base units, `_total` on counters. */
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge";
  readonly value: number;
  /** Bounded sets of values only (source, sink, code, reason, outcome). */
  readonly labels?: Readonly<Record<string, string>>;
  /** How equal samples of several processes become one; `max` for what each measures of the same thing. @default "sum" */
  readonly merge?: "sum" | "max";
}

/**
 * Where a component says how its numbers are read. Its hot path only does `counter += 1` on a plain
 * field; everything else happens when somebody asks.
 */
export interface Metrics {
  /** Adds a reader that gives the current samples. @returns the call that removes it. */
  register(read: () => Iterable<MetricSample>): () => void;
}

/** Forgets every reader. */
export const noMetrics: Metrics = { register: () => () => {} };

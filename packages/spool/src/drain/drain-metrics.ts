import type { MetricSample } from "@sewer/core";
import type { DrainStatistics, SinkStatistics } from "../drain.ts";

/** The drain's counters as samples. */
export function* drainSamples(statistics: DrainStatistics, nowMs: number): Generator<MetricSample> {
  const counters: readonly (readonly [name: string, help: string, value: number])[] = [
    ["segments_recovered", "Segments that were open when their writer ended.", statistics.segmentsRecovered],
    ["incarnations_adopted", "Directories of ended processes taken over.", statistics.incarnationsAdopted],
    ["torn_tails", "Recovered segments whose end was cut off.", statistics.tornTails],
    ["bad_frames", "Damaged places in segments.", statistics.badFrames],
    ["file_errors", "Files that could not be taken over, each tried again.", statistics.fileErrors],
  ];
  for (const [name, help, value] of counters) {
    yield { name: `sewer_spool_${name}_total`, help, type: "counter", value };
  }
  const help = "Segments of a newer version that are left alone.";
  yield { name: "sewer_spool_unknown_versions", help, type: "gauge", value: statistics.unknownVersions };
  const unusable = { onDisk: undefined, quarantined: statistics.unusable };
  yield* stateSamples("_spool", unusable);
  for (const [sink, one] of Object.entries(statistics.sinks)) yield* sinkSamples(sink, one, nowMs);
}

function* sinkSamples(sink: string, one: SinkStatistics, nowMs: number): Generator<MetricSample> {
  yield* stateSamples(sink, one);
  const outcomes = [
    ["delivered", one.delivered.records],
    ["quarantined", one.quarantined.records],
    ["lost", one.recordsLost],
  ] as const;
  for (const [outcome, value] of outcomes) {
    const help = "Records of sealed segments, by what became of them.";
    yield { name: "sewer_spool_records_total", help, type: "counter", value, labels: { sink, outcome } };
  }
  yield {
    name: "sewer_spool_batches_dropped_total",
    help: "Batches deleted undelivered to make room; their records count as lost.",
    type: "counter",
    value: one.dropped.batches,
    labels: { sink },
  };
  yield {
    name: "sewer_spool_oldest_age_seconds",
    help: "Age of the oldest batch that waits for its sink.",
    type: "gauge",
    value: one.oldestMs === undefined ? 0 : Math.max(0, nowMs - one.oldestMs) / 1000,
    labels: { sink },
  };
}

function* stateSamples(
  sink: string,
  totals: { readonly onDisk: { batches: number } | undefined; readonly quarantined: { batches: number } },
): Generator<MetricSample> {
  const states = [
    ["on_disk", totals.onDisk?.batches],
    ["quarantined", totals.quarantined.batches],
  ] as const;
  for (const [state, value] of states) {
    if (value === undefined) continue;
    const help = "Batches by sink and state.";
    yield { name: "sewer_spool_batches", help, type: "gauge", value, labels: { sink, state } };
  }
}

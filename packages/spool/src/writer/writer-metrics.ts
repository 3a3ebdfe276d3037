import type { MetricSample } from "@sewer/core";
import type { LossWindow, SpoolWriterStatistics } from "../writer.ts";

/** The writer's counters as samples. */
export function* writerSamples(statistics: SpoolWriterStatistics): Generator<MetricSample> {
  yield {
    name: "sewer_spool_bytes",
    help: "Bytes below the spool directory that count to maxBytes.",
    type: "gauge",
    merge: "max",
    value: statistics.bytesUsed,
  };
  if (statistics.bytesFree !== undefined) {
    const help = "Free space of the spool's disk.";
    yield { name: "sewer_spool_free_bytes", help, type: "gauge", merge: "max", value: statistics.bytesFree };
  }
  yield* windowSamples("unwritten", "in memory only, which a kill would lose", statistics.unwritten);
  yield* windowSamples("unsynced", "not synced, which a power cut may lose", statistics.unsynced);
  const counters: readonly (readonly [name: string, help: string, value: number])[] = [
    ["records_appended", "Records committed to the spool.", statistics.recordsAppended],
    ["bytes_appended", "Bytes of these records.", statistics.bytesAppended],
    ["records_synced", "Records covered by a sync.", statistics.recordsSynced],
    ["records_sealed", "Records in sealed segments.", statistics.recordsSealed],
    ["segments_sealed", "Segments sealed.", statistics.segmentsSealed],
    ["segments_left_open", "Segments that wait for the next start.", statistics.segmentsLeftOpen],
    ["records_unwritten", "Committed records that never reached the disk.", statistics.recordsLost],
    ["waits", "Reservations that found no free buffer.", statistics.waits],
    ["write_errors", "Failed writes, each tried again.", statistics.writeErrors],
    ["sync_errors", "Failed syncs.", statistics.syncErrors],
  ];
  for (const [name, help, value] of counters) {
    yield { name: `sewer_spool_${name}_total`, help, type: "counter", value };
  }
  for (const [reason, value] of Object.entries(statistics.refused)) {
    const help = "Reservations refused, by reason.";
    yield { name: "sewer_spool_refused_total", help, type: "counter", value, labels: { reason } };
  }
}

function* windowSamples(name: string, which: string, window: LossWindow): Generator<MetricSample> {
  const gauges = [
    ["age_seconds", `Age of the oldest record that is ${which}.`, window.ageMs / 1000, "max"],
    ["bytes", `Bytes that are ${which}.`, window.bytes, "sum"],
    ["records", `Records that are ${which}.`, window.records, "sum"],
  ] as const;
  for (const [unit, help, value, merge] of gauges) {
    yield { name: `sewer_spool_${name}_${unit}`, help, type: "gauge", value, merge };
  }
}

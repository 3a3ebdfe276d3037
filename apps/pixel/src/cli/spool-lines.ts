import { decodeSegmentMeta, type Clock, type SegmentMeta } from "@sewer/core";
import type { BatchTotals, InspectedBatch, SpoolTotals } from "@sewer/spool";
import { ageText, lineText, sizeText } from "./plain-text.ts";

/** How a listing of spools is written. */
export interface SpoolLines {
  head(dir: string): readonly string[];
  batch(dir: string, batch: InspectedBatch): string;
  totals(dir: string, totals: SpoolTotals): readonly string[];
}

/** One JSON object a line: `"type":"batch"` for each batch, then one `"type":"totals"` for each spool. */
export function spoolJson(clock: Clock): SpoolLines {
  return {
    head: () => [],
    batch(spool, batch) {
      const { state, sink = null, batchId, path, records, bytes, firstMs = null, lastMs = null } = batch;
      const meta = metaOf(batch);
      const planned = meta?.sinks[sink ?? ""]?.["path"];
      return JSON.stringify({
        type: "batch",
        spool,
        state,
        flow: meta?.flow ?? null,
        sink,
        batch: batchId,
        path,
        destination: typeof planned === "string" ? planned : null,
        records,
        bytes,
        firstMs,
        lastMs,
        ageMs: firstMs === null ? null : Math.max(0, clock.now() - firstMs),
        reason: batch.reason ?? null,
      });
    },
    totals: (spool, totals) => [JSON.stringify({ type: "totals", spool, ...totals })],
  };
}

const columns = ["STATE", "SINK", "BATCH", "RECORDS", "BYTES", "AGE", "REASON"] as const;

/** A table for people, with the sums below it. */
export function spoolTable(clock: Clock): SpoolLines {
  return {
    head: (dir) => [`spool ${dir}`, row(columns)],
    batch(_dir, { state, sink = "-", batchId, records, bytes, firstMs, reason = "" }) {
      const age = firstMs === undefined ? "-" : ageText(clock.now() - firstMs);
      return row([state, sink, batchId, String(records), sizeText(bytes), age, lineText(reason)]);
    },
    totals(_dir, { open, sealed, damaged, newer, sinks }) {
      const parts = [
        ["open", open],
        ["sealed", sealed],
        ["damaged", damaged],
        ["newer", newer],
      ] as const;
      return [
        ...parts.filter(([, totals]) => totals.batches > 0).map(([name, totals]) => sums(name, totals)),
        ...Object.entries(sinks).flatMap(([sink, { onDisk, delivered, quarantined }]) => [
          sums(`sink ${sink}: waiting`, onDisk),
          ...(delivered.batches > 0 ? [sums(`sink ${sink}: delivered, not deleted yet`, delivered)] : []),
          ...(quarantined.batches > 0 ? [sums(`sink ${sink}: quarantined`, quarantined)] : []),
        ]),
      ];
    },
  };
}

function sums(name: string, { batches, records, bytes }: BatchTotals): string {
  return `${name}: ${batches} batches, ${records} records, ${sizeText(bytes)}`;
}

function row([state, sink, batch, records, bytes, age, reason]: readonly [...Row]): string {
  const left = [state.padEnd(11), sink.padEnd(10), batch.padEnd(35)];
  const right = [records.padStart(10), bytes.padStart(10), age.padStart(8)];
  return [...left, ...right, reason].join("  ").trimEnd();
}

type Row = [string, string, string, string, string, string, string];

/** A batch's meta; undefined when it is none of a flow. */
function metaOf({ meta }: InspectedBatch): SegmentMeta | undefined {
  try {
    return meta === undefined ? undefined : decodeSegmentMeta(meta);
  } catch {
    // The listing says so where it matters: in the reason.
    return undefined;
  }
}

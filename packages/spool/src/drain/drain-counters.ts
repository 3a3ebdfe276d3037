import type { BatchTotals } from "../drain.ts";

/** {@link BatchTotals} that can be counted up. */
export type Totals = { -readonly [Key in keyof BatchTotals]: number };

/** Nothing yet. */
export function noTotals(): Totals {
  return { batches: 0, records: 0, bytes: 0 };
}

/** Adds (or with `times` -1 takes away) one batch. */
export function count(
  totals: Totals,
  batch: { recordCount: number; bytes: number },
  times: 1 | -1 = 1,
): void {
  totals.batches += times;
  totals.records += times * batch.recordCount;
  totals.bytes += times * batch.bytes;
}

/** What a drain counts that belongs to no sink. */
export interface DrainCounters {
  segmentsRecovered: number;
  incarnationsAdopted: number;
  tornTails: number;
  badFrames: number;
  readonly unusable: Totals;
  unknownVersions: number;
  fileErrors: number;
}

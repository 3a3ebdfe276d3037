import type { LossWindow, SpoolWriterStatistics } from "@sewer/spool";
import type { SourceCounters } from "../admin/status.ts";

/** Counters of a source that has seen nothing. */
export function noCounters(): SourceCounters {
  return {
    requests: 0,
    requestsActive: 0,
    records: 0,
    served: 0,
    refused: {},
    connections: 0,
    connectionsOpened: 0,
    connectionsRefused: 0,
  };
}

/** Adds up the counters of one flow's sources. */
export function mergeCounters(all: readonly SourceCounters[]): SourceCounters {
  return all.reduce((sum, one) => addAll(sum, one), noCounters());
}

/**
 * Adds up what the writers of one spool say. They measure the same disk, so of its sizes the largest counts;
 * the age of a window is that of the oldest record.
 */
export function mergeWriters(all: readonly SpoolWriterStatistics[]): SpoolWriterStatistics | undefined {
  const [first, ...others] = all;
  if (first === undefined) return undefined;
  return others.reduce(
    (sum, one) => ({
      ...addAll(sum, one),
      unwritten: mergeWindows(sum.unwritten, one.unwritten),
      unsynced: mergeWindows(sum.unsynced, one.unsynced),
      bytesUsed: Math.max(sum.bytesUsed, one.bytesUsed),
      bytesFree: largest(sum.bytesFree, one.bytesFree),
    }),
    first,
  );
}

function mergeWindows(a: LossWindow, b: LossWindow): LossWindow {
  return { ...addAll(a, b), ageMs: Math.max(a.ageMs, b.ageMs) };
}

function largest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
}

/** Adds numbers, and those of members that are objects; what only one has is taken as it is. */
function addAll<T extends object>(a: T, b: T): T {
  const sum = { ...a } as Record<string, unknown>;
  for (const [key, value] of Object.entries(b) as [string, unknown][]) {
    const other = sum[key];
    if (typeof value === "number" && typeof other === "number") sum[key] = value + other;
    else if (isObject(value) && isObject(other)) sum[key] = addAll(other, value);
    else sum[key] = value;
  }
  return sum as T;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

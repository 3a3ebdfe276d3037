import type { FileSystem } from "@sewer/core";
import type { SpoolInspection, SpoolTotals } from "../inspection.ts";
import { emptyTotals, SpoolWalk } from "./spool-walk.ts";

/** What {@link inspectSpool} needs. */
export interface InspectOptions {
  readonly fs: FileSystem;
  /** Ends an iteration, which then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Looks into a spool directory, a living one or a copy: read only. Takes no lock, repairs nothing, and never
 * opens the files that locks stand for, so it may run in the process that holds them. Of a living spool it is
 * no snapshot: a batch that moves meanwhile is told where it was met, never twice for one sink.
 *
 * Iterating throws SewerError `SEWER_SPOOL_NOT_A_SPOOL` when there is none in the directory, and
 * `SEWER_SPOOL_UNREADABLE` when a directory in it cannot be read. A single file that cannot be read is told
 * with its reason.
 */
export function inspectSpool(dir: string, options: InspectOptions): SpoolInspection {
  let totals: SpoolTotals = emptyTotals();
  return {
    get totals() {
      return totals;
    },
    [Symbol.asyncIterator]() {
      const walk = new SpoolWalk(dir, { fs: options.fs, signal: options.signal });
      totals = walk.totals;
      return walk.batches();
    },
  };
}

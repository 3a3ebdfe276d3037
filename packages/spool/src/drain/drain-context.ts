import type { BatchOrigin, Clock, FileSystem, Logger } from "@sewer/core";
import { parseBatchId } from "../batch-id.ts";
import type { ReadBuffers } from "../format/read-window.ts";
import type { BatchHead } from "./batch-head.ts";
import type { DrainCounters } from "./drain-counters.ts";
import type { Reserve } from "./reserve.ts";
import type { ReceiptLog } from "./receipt-log.ts";

/** What every part of a drain works with. */
export interface DrainContext {
  readonly dir: string;
  readonly sinksOf: (meta: Buffer) => readonly string[];
  readonly windowMax: number;
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly buffers: ReadBuffers;
  readonly receipts: ReceiptLog;
  readonly reserve: Reserve;
  readonly counters: DrainCounters;
  /**
   * Batches, or whole incarnations, whose name in `w/` may still exist: nothing of them is delivered, or a
   * delivered batch could be found there again.
   */
  readonly heldBack: Set<string>;
  /** Batches on their way from `w/` into the rooms of their sinks, counted in neither. */
  readonly accepting: Map<string, { readonly head: BatchHead; readonly sinks: readonly string[] }>;
  /** Files of newer versions and the like, reported once and left alone. */
  readonly leftAlone: Set<string>;
  /** What is being written for batches that are under way; closing waits for it. */
  readonly underWay: Set<Promise<unknown>>;
  /** The drain closes: long rows of work end, and nothing is settled any more. */
  isClosed(): boolean;
  originOf(incarnation: string): BatchOrigin;
  /** A batch's files are gone. */
  freed(): void;
}

/** True for a batch that may not be delivered yet. */
export function isHeldBack({ heldBack }: DrainContext, batchId: string): boolean {
  if (heldBack.size === 0) return false;
  return heldBack.has(batchId) || heldBack.has(parseBatchId(batchId)?.incarnation ?? "");
}

/** Reports a file that is left as it is, the first time it is met. */
export function leaveAlone(context: DrainContext, path: string, version: number): void {
  if (context.leftAlone.has(path)) return;
  context.leftAlone.add(path);
  context.counters.unknownVersions += 1;
  const fields = { path, version };
  context.logger.error(
    fields,
    "spool: a segment of a newer version is left alone; start that version to deliver it",
  );
}

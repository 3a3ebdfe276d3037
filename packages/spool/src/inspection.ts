import type { BatchTotals } from "./drain.ts";

/**
 * Where a batch stands, which is where its file lies.
 *
 * - `open`: its writer fills it, or ended without sealing it. What the writer holds in memory is not in it.
 * - `sealed`: it waits to be handed to its sinks.
 * - `waiting`: it waits for one sink.
 * - `delivered`: that sink has it; its files are deleted next.
 * - `quarantined`: it could not be delivered to one sink as it is.
 * - `damaged`: it could not be given to any sink (`quarantine/_spool`).
 * - `newer`: a newer version wrote it; it is left alone.
 */
export type BatchState = "open" | "sealed" | "waiting" | "delivered" | "quarantined" | "damaged" | "newer";

/** What {@link inspectSpool} tells of one batch. A batch that waits for several sinks comes once for each. */
export interface InspectedBatch {
  readonly state: BatchState;
  /** The sink whose room it lies in; undefined before it has reached one. */
  readonly sink: string | undefined;
  readonly batchId: string;
  /** Its segment file. */
  readonly path: string;
  /** As the writer stored it; undefined when no copy can be read. */
  readonly meta: Buffer | undefined;
  /** Records as the writer counted them; of a segment without a seal, those that are in the file. */
  readonly records: number;
  /** Size of the file. */
  readonly bytes: number;
  /** Epoch milliseconds of the first and the last record; undefined when they cannot be read. */
  readonly firstMs: number | undefined;
  readonly lastMs: number | undefined;
  /** Why it is in quarantine, or why it cannot be read; undefined when all is well. */
  readonly reason: string | undefined;
}

/** What lies in the rooms of one sink. */
export interface SinkRoomTotals {
  /** State `waiting`. */
  readonly onDisk: BatchTotals;
  /** State `delivered`. */
  readonly delivered: BatchTotals;
  readonly quarantined: BatchTotals;
}

/** Sums over a whole spool. A batch that lies in the rooms of two sinks counts in both. */
export interface SpoolTotals {
  readonly open: BatchTotals;
  readonly sealed: BatchTotals;
  readonly damaged: BatchTotals;
  /** Only their number and bytes are known. */
  readonly newer: BatchTotals;
  /** By sink; rooms that are empty too. */
  readonly sinks: Readonly<Record<string, SinkRoomTotals>>;
}

/**
 * A look into a spool. Each iteration goes through the directory anew, one batch at a time: open, sealed,
 * then sink by sink, then what is damaged; each group in the order of the ids.
 */
export interface SpoolInspection extends AsyncIterable<InspectedBatch> {
  /** Sums of the last iteration, as far as it has come. */
  readonly totals: SpoolTotals;
}

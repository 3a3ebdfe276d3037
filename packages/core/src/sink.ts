import type { Batch, BatchJournal } from "./batch.ts";
import type { JsonObject } from "./json.ts";
import type { Receipt } from "./receipt.ts";
import type { SegmentInfo, RecordSchema } from "./segment-meta.ts";

/** What a sink can promise; conformance tests are chosen by it. */
export interface SinkCapabilities {
  /** A batch becomes visible whole or not at all. */
  readonly atomicPublish: boolean;
  /** Delivering a batch again, by id, leaves the destination as after the first time. */
  readonly idempotentRedelivery: boolean;
}

/** Delivers batches to one destination. Rules: docs/specs/component.md. */
export interface Sink {
  readonly capabilities: SinkCapabilities;
  /**
   * Fixes what every attempt of a batch must reuse (path, format). Called once a segment, when its first
   * record arrives, before `open` too and in processes that never open the sink: synchronous, no I/O.
   * The answer is stored in the segment's meta under the sink's name and given back in {@link Batch.meta}.
   */
  plan(segment: SegmentInfo, schema: RecordSchema): JsonObject;
  /** Gets ready. Safe to repeat; the caller retries. @param journals those kept for batches that are gone. */
  open(signal: AbortSignal, journals?: readonly BatchJournal[]): Promise<void>;
  /**
   * Settles only when the batch is durable and visible at the far side, whole. Idempotent by `batch.id`.
   * Never leaves a partly visible result, also when `signal` aborts.
   *
   * @throws SewerError whose `scope` and `retry` say what follows.
   */
  deliver(batch: Batch, signal: AbortSignal): Promise<Receipt>;
  /**
   * True when the notes of a batch leave open whether it is at the destination: then it is not dropped when the
   * disk is full. Synchronous. Without it every batch with a note counts as undecided.
   */
  isUndecided?(notes: readonly Uint8Array[]): boolean;
  /** Lets go of connections. Idempotent. */
  close(signal: AbortSignal): Promise<void>;
}

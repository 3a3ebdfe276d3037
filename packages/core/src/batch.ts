import type { Receipt } from "./receipt.ts";

/**
 * Where a batch comes from: sealed by this process's own writer, left by an earlier start and recovered,
 * or adopted from another ingest process that died.
 */
export type BatchOrigin = "fresh" | "recovered" | "adopted";

/** A run of records as it lies in the spool. Its bytes are valid until the next frame is asked for. */
export interface Frame {
  readonly recordCount: number;
  /** `recordCount` times: uint32 little-endian length, then that many bytes. */
  readonly payload: Buffer;
}

/** What a sink has noted of one batch. */
export interface BatchJournal {
  /** `<incarnation>-<seq>` (docs/formats/record.md). Never changes; the key of every idempotence promise. */
  readonly id: string;
  /** Every note, of earlier attempts too, oldest first. A torn last one counts as not written. */
  notes(): Promise<readonly Uint8Array[]>;
  /** Deletes the journal that {@link Receipt.keepsJournal} has kept. @returns false while the batch is there. */
  endJournal(): Promise<boolean>;
}

/** What a sealed segment of the spool is to one sink. */
export interface Batch extends BatchJournal {
  /** UTF-8 JSON, see {@link SegmentMeta}; bytes here, because the spool does not read it. */
  readonly meta: Buffer;
  readonly origin: BatchOrigin;
  /** Records in the batch as the writer counted them. */
  readonly recordCount: number;
  /** Bytes of the segment file. */
  readonly bytes: number;
  /** Epoch milliseconds of the first and the last record. */
  readonly firstMs: number;
  readonly lastMs: number;
  /**
   * The readable frames, in order, each verified by its checksum. Damaged frames are skipped and counted
   * by the spool. Every call starts from the beginning.
   *
   * @throws SewerError with scope `sink` when the file cannot be read.
   */
  frames(signal: AbortSignal): AsyncIterable<Frame>;
  /**
   * Records that `frames` will give: {@link recordCount} less what is damaged. Known after one whole
   * pass of {@link frames}; undefined before it.
   */
  readonly readableCount: number | undefined;
  /** Appends what the sink must remember of this batch to its journal, and settles once it is on disk. */
  note(bytes: Uint8Array): Promise<void>;
}

/** The spool's side of a batch: only the delivery half settles it, and only once. */
export interface SettleableBatch extends Batch {
  readonly sink: string;
  /**
   * The sink has it: receipt to disk, then the batch's file goes.
   *
   * @throws Error when the batch is settled already (programmer error).
   * @throws SewerError `SEWER_SPOOL_RECEIPT_MISMATCH` when the receipt's record count is not the batch's.
   */
  acknowledge(receipt: Receipt): Promise<void>;
  /** Moves the batch out of the way, with the reason beside it. Never deleted. */
  quarantine(reason: string): Promise<void>;
  /** Keeps what is known of its attempts, at most 8 KiB, beside it, unsynced: a loss only shortens a wait. */
  saveRetry(bytes: Uint8Array): Promise<void>;
  /** What {@link saveRetry} kept, in this run or before; undefined when there is nothing, or nothing whole. */
  loadRetry(): Promise<Uint8Array | undefined>;
}

/** The records of one frame, as views into its payload. @throws Error when a length leaves the payload. */
export function* recordsOf(payload: Buffer): Generator<Buffer, void, undefined> {
  let position = 0;
  while (position < payload.length) {
    const start = position + 4;
    const end = start <= payload.length ? start + payload.readUInt32LE(position) : Infinity;
    if (end > payload.length) throw new Error(`record at byte ${position} of a frame leaves the frame`);
    yield payload.subarray(start, end);
    position = end;
  }
}

import type { Codec } from "../codecs/codec.ts";
import { writableErrors } from "../errors.ts";
import type { FileCursor } from "./file-cursor.ts";
import type { SequenceFileRecord } from "./record.ts";

/** The int32 that stands where a record's length or a block would: a sync marker follows. */
export const syncEscape = -1;
const syncEscapeBytes = 4;

/** A file's records from where the cursor is, as many at a time as can be had without waiting. */
export interface RecordBatches {
  /**
   * @returns undefined at the end of the file or of the split. A batch that is given throws nothing.
   * @throws WritableError when the next record or block cannot be read. After a `seekSync` of the cursor it can
   * be called again.
   */
  next(): Promise<Iterable<SequenceFileRecord> | undefined>;
  /** Records of the block for which `next` threw, where they were known. */
  readonly lostRecordCount: number | undefined;
}

/** What is read of a file. */
export interface BatchOptions {
  /** Of the header; undefined where there are no syncs. */
  readonly syncMarker: Buffer | undefined;
  /** Undefined for compression `none`. */
  readonly codec: Codec | undefined;
  /** Records behind a sync at or behind this offset are not given. */
  readonly end: number;
  readonly keysOnly: boolean;
  /** A block that is cut before its values ends the file, as Hadoop has it. */
  readonly cutBlockIsEnd: boolean;
}

/** Reads `ffffffff` and the marker. */
export async function readSync(cursor: FileCursor, marker: Buffer): Promise<void> {
  const sync = await cursor.bytes(syncEscapeBytes + marker.length);
  if (sync.subarray(syncEscapeBytes).equals(marker)) return;
  throw cursor.error(writableErrors.sync, "the sync marker differs from the header's");
}

import { WritableError, writableErrors } from "../errors.ts";
import { BlockReader } from "./block-reader.ts";
import type { FileCursor } from "./file-cursor.ts";
import { readSync, syncEscape, type BatchOptions, type RecordBatches } from "./record-batches.ts";
import type { SequenceFileRecord } from "./record.ts";

/** The records of a file with block compression, a block at a time. Every block begins with a sync. */
export class BlockRecords implements RecordBatches {
  readonly #cursor: FileCursor;
  readonly #options: BatchOptions;
  readonly #reader: BlockReader;

  constructor(cursor: FileCursor, options: BatchOptions) {
    const { codec, keysOnly } = options;
    if (codec === undefined) throw new TypeError("block compression needs a codec");
    this.#cursor = cursor;
    this.#options = options;
    this.#reader = new BlockReader(cursor, { codec, keysOnly });
  }

  get lostRecordCount(): number | undefined {
    return this.#reader.recordCount;
  }

  async next(): Promise<Iterable<SequenceFileRecord> | undefined> {
    this.#reader.begin();
    try {
      return await this.#next();
    } catch (error) {
      const isCut = error instanceof WritableError && error.code === writableErrors.fileTruncated;
      // Hadoop reads values when they are asked for, and takes a cut before them for the end of the file.
      if (isCut && this.#options.cutBlockIsEnd && !this.#reader.hasKeys) return undefined;
      throw error;
    }
  }

  async #next(): Promise<Iterable<SequenceFileRecord> | undefined> {
    const { syncMarker, end } = this.#options;
    const cursor = this.#cursor;
    if (!(await cursor.begin("block")) || cursor.position >= end) return undefined;
    if (syncMarker === undefined || (await cursor.peekInt32()) !== syncEscape) {
      throw cursor.error(writableErrors.sync, "no sync marker stands before it");
    }
    await readSync(cursor, syncMarker);
    return (await this.#reader.read()).records();
  }
}

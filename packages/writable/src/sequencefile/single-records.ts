import { ByteSlice } from "../byte-slice.ts";
import { writableErrors } from "../errors.ts";
import type { FileCursor } from "./file-cursor.ts";
import { readSync, syncEscape, type BatchOptions, type RecordBatches } from "./record-batches.ts";
import { SequenceFileRecord } from "./record.ts";

const lengthsBytes = 8;

/**
 * The records of a file without compression, or with compressed values:
 *
 *     record = int32 key length + stored value length | int32 key length | key | value
 *     sync   = ffffffff | marker          between records
 */
export class SingleRecords implements RecordBatches {
  readonly #cursor: FileCursor;
  readonly #options: BatchOptions;
  /** Where the last sync was, or the header's end. */
  #lastSync: number;

  constructor(cursor: FileCursor, options: BatchOptions) {
    this.#cursor = cursor;
    this.#options = options;
    this.#lastSync = cursor.position;
  }

  readonly lostRecordCount = undefined;

  async next(): Promise<Iterable<SequenceFileRecord> | undefined> {
    const { syncMarker, end } = this.#options;
    while (await this.#cursor.begin("record")) {
      const recordBytes = await this.#cursor.peekInt32();
      if (recordBytes !== syncEscape || syncMarker === undefined) {
        // A split has the records behind its syncs; the sync at its end is the next one's.
        return this.#lastSync >= end ? undefined : this.#batch(await this.#record(recordBytes));
      }
      const position = this.#cursor.position;
      await readSync(this.#cursor, syncMarker);
      this.#lastSync = position;
    }
    return undefined;
  }

  *#batch(first: SequenceFileRecord): Generator<SequenceFileRecord, void, undefined> {
    for (
      let record: SequenceFileRecord | undefined = first;
      record !== undefined;
      record = this.#available()
    ) {
      yield record;
    }
  }

  async #record(recordBytes: number): Promise<SequenceFileRecord> {
    const cursor = this.#cursor;
    cursor.checkLength(recordBytes);
    const keyBytes = await cursor.peekInt32(4);
    if (keyBytes < 0 || keyBytes > recordBytes) {
      const why = `a key of ${keyBytes} bytes in a record of ${recordBytes}`;
      throw cursor.error(writableErrors.damaged, why);
    }
    if (this.#options.keysOnly) {
      const bytes = ByteSlice.of(await cursor.bytes(lengthsBytes + keyBytes));
      await cursor.skip(recordBytes - keyBytes);
      return new SequenceFileRecord(bytes.slice(lengthsBytes, lengthsBytes + keyBytes));
    }
    const end = lengthsBytes + recordBytes;
    const bytes = ByteSlice.of(await cursor.bytes(end));
    try {
      const keyEnd = lengthsBytes + keyBytes;
      return this.#decoded(bytes.slice(lengthsBytes, keyEnd), bytes.slice(keyEnd, end));
    } catch (cause) {
      throw cursor.error(writableErrors.damaged, `its value cannot be decompressed: ${String(cause)}`, cause);
    }
  }

  /** The next record, if all of it has arrived and nothing is unusual; `next` deals with everything else. */
  #available(): SequenceFileRecord | undefined {
    const cursor = this.#cursor;
    if (cursor.available < lengthsBytes) return undefined;
    const recordBytes = cursor.availableInt32(0);
    const keyBytes = cursor.availableInt32(4);
    const isUsual = keyBytes >= 0 && keyBytes <= recordBytes && recordBytes <= cursor.bufferBytesMax;
    const end = lengthsBytes + recordBytes;
    if (!isUsual || cursor.available < end) return undefined;
    const keyEnd = lengthsBytes + keyBytes;
    const key = cursor.slice(lengthsBytes, keyEnd);
    try {
      const record = this.#options.keysOnly
        ? new SequenceFileRecord(key)
        : this.#decoded(key, cursor.slice(keyEnd, end));
      cursor.passUnit("record", end);
      return record;
    } catch {
      return undefined;
    }
  }

  #decoded(key: ByteSlice, stored: ByteSlice): SequenceFileRecord {
    const { codec } = this.#options;
    if (codec === undefined) return new SequenceFileRecord(key, stored);
    const value = codec.decompress(stored.bytes(), this.#cursor.bufferBytesMax);
    return new SequenceFileRecord(key, ByteSlice.of(value));
  }
}

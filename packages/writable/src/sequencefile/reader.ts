import type { Codec } from "../codecs/codec.ts";
import { gzipCodec } from "../codecs/gzip.ts";
import { writableErrors } from "../errors.ts";
import { readBlock } from "./block-reader.ts";
import type { ByteSource } from "./byte-stream.ts";
import { FileCursor } from "./file-cursor.ts";
import type { SequenceFileHeader } from "./header.ts";
import { readHeader } from "./read-header.ts";
import type { SequenceFileRecord } from "./record.ts";

/** How a SequenceFile is read. */
export interface SequenceFileReaderOptions {
  /** The codecs that a header may name. @default [gzipCodec()] */
  readonly codecs?: readonly Codec[];
  /**
   * The largest record, compressed stream, or content of a block (keys and values together) that is taken
   * into memory. A few times this is the most that reading needs, whatever the file says.
   * @default 256 MiB
   */
  readonly bufferBytesMax?: number;
}

const syncEscape = -1;
const syncEscapeBytes = 4;

/**
 * Opens a SequenceFile of version 6, uncompressed or block compressed, and reads its header.
 *
 * @param source The file's bytes, or its chunks in order. Chunks must not change after they were given.
 * @throws WritableError `notSequenceFile`, `version`, `header`, `codec`, `fileTruncated`, `damaged`,
 * `tooLarge`; and what the source throws.
 */
export async function openSequenceFile(
  source: ByteSource,
  options: SequenceFileReaderOptions = {},
): Promise<SequenceFileReader> {
  const cursor = new FileCursor(source, options.bufferBytesMax ?? 256 * 1024 * 1024);
  try {
    const header = await readHeader(cursor);
    return new SequenceFileReader(cursor, header, findCodec(cursor, header, options.codecs));
  } catch (error) {
    await cursor.close();
    throw error;
  }
}

/**
 * An open SequenceFile: its header, and once through its records. Everything that is whole is given before
 * an error is thrown.
 */
export class SequenceFileReader implements AsyncIterable<SequenceFileRecord> {
  /** What stands before the records. */
  readonly header: SequenceFileHeader;
  readonly #cursor: FileCursor;
  readonly #codec: Codec | undefined;
  #recordCount = 0;
  #isStarted = false;

  /** Use {@link openSequenceFile}. */
  constructor(cursor: FileCursor, header: SequenceFileHeader, codec: Codec | undefined) {
    this.header = header;
    this.#cursor = cursor;
    this.#codec = codec;
  }

  /** Records given so far. */
  get recordCount(): number {
    return this.#recordCount;
  }

  /**
   * The records in order. Ends when the file does; the source is closed then, and after an error or `break`.
   *
   * @throws WritableError `fileTruncated`, `sync`, `damaged`, `tooLarge`, with the offset of the record or
   * block that cannot be read; and what the source throws. Error on the second call.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<SequenceFileRecord, void, undefined> {
    if (this.#isStarted) throw new Error("a SequenceFile can be iterated once");
    this.#isStarted = true;
    try {
      if (this.#codec === undefined) yield* this.#plainRecords();
      else yield* this.#blockRecords(this.#codec);
    } finally {
      await this.#cursor.close();
    }
  }

  /** Closes the source of a file that is not iterated. */
  close(): Promise<void> {
    return this.#cursor.close();
  }

  async *#plainRecords(): AsyncGenerator<SequenceFileRecord, void, undefined> {
    const cursor = this.#cursor;
    while (await cursor.begin("record")) {
      const recordLength = await cursor.peekInt32();
      if (recordLength === syncEscape) {
        await this.#readSync();
        continue;
      }
      cursor.checkLength(recordLength);
      const keyLength = await cursor.peekInt32(4);
      if (keyLength < 0 || keyLength > recordLength) {
        const why = `a key of ${keyLength} bytes in a record of ${recordLength}`;
        throw cursor.error(writableErrors.damaged, why);
      }
      const bytes = await cursor.bytes(8 + recordLength);
      this.#recordCount++;
      yield { key: bytes.subarray(8, 8 + keyLength), value: bytes.subarray(8 + keyLength) };
    }
  }

  async *#blockRecords(codec: Codec): AsyncGenerator<SequenceFileRecord, void, undefined> {
    const cursor = this.#cursor;
    while (await cursor.begin("block")) {
      if ((await cursor.peekInt32()) !== syncEscape) {
        throw cursor.error(writableErrors.sync, "no sync marker stands before it");
      }
      await this.#readSync();
      const block = await readBlock(cursor, codec);
      for (const record of block.records()) {
        this.#recordCount++;
        yield record;
      }
    }
  }

  async #readSync(): Promise<void> {
    const { syncMarker } = this.header;
    const sync = await this.#cursor.bytes(syncEscapeBytes + syncMarker.length);
    if (sync.subarray(syncEscapeBytes).equals(syncMarker)) return;
    throw this.#cursor.error(writableErrors.sync, "the sync marker differs from the header's");
  }
}

function findCodec(
  cursor: FileCursor,
  header: SequenceFileHeader,
  codecs: readonly Codec[] = [gzipCodec()],
): Codec | undefined {
  if (header.codecClass === undefined) return undefined;
  const codec = codecs.find(({ className }) => className === header.codecClass);
  if (codec !== undefined) return codec;
  throw cursor.error(writableErrors.codec, `its codec is not known here: ${header.codecClass}`);
}

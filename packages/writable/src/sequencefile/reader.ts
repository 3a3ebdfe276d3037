import type { Codec } from "../codecs/codec.ts";
import { hadoopCodecs } from "../codecs/hadoop-codecs.ts";
import { WritableError, writableErrors } from "../errors.ts";
import { BlockRecords } from "./block-records.ts";
import type { ByteSource } from "./byte-source.ts";
import { FileCursor } from "./file-cursor.ts";
import type { SequenceFileHeader } from "./header.ts";
import { readHeader } from "./read-header.ts";
import type { RecordBatches } from "./record-batches.ts";
import type { SequenceFileRecord } from "./record.ts";
import { SingleRecords } from "./single-records.ts";

/** Bytes of a file that could not be read and were passed over. */
export interface SequenceFileDamage {
  /** Offset of the first one: the record, block or sync that is damaged. */
  readonly from: number;
  /** Offset of the byte behind the last one: the next sync, or the end of the file. */
  readonly to: number;
  /** Records of the block, as it says; undefined when that is not known, and always without blocks. */
  readonly recordCount: number | undefined;
  /** What is wrong. */
  readonly error: WritableError;
}

/** How a SequenceFile is read. */
export interface SequenceFileReaderOptions {
  /** The codecs that a header may name. @default all of this package */
  readonly codecs?: readonly Codec[];
  /**
   * The largest record, compressed stream, or content of a block (keys and values together) that is taken
   * into memory. A few times this is the most that reading needs, whatever the file says.
   * @default 256 MiB
   */
  readonly bufferBytesMax?: number;
  /**
   * Only the records of this part of the file: those behind the syncs from `start` (inclusive) to `end`
   * (exclusive), and those behind the header when it ends between them. So however a file is divided, each record
   * belongs to one part, as in Hadoop's SequenceFileRecordReader.
   * @default the whole file
   */
  readonly start?: number;
  /** See `start`. Bytes. @default Infinity */
  readonly end?: number;
  /** Values are passed over, unread where the source allows it, and empty. @default false */
  readonly keysOnly?: boolean;
  /**
   * What a block is that is cut before its values: an error, or the end of the file, as Hadoop's reader has it.
   * @default "strict"
   */
  readonly truncation?: "strict" | "hadoop";
  /**
   * Turns on recovery: told of each place that cannot be read, before the records behind it come, while reading
   * goes on at the next sync. Without it, the first damage is thrown. A damaged header is always thrown.
   */
  readonly onDamage?: (damage: SequenceFileDamage) => void;
}

/**
 * Opens a SequenceFile of any version and compression, and reads its header.
 *
 * @param source The file's bytes; its chunks in order, such as a node stream; or reads at any place, such as
 * `fileSource` gives. Bytes must not change after they were given.
 * @throws WritableError `notSequenceFile`, `version`, `header`, `codec`, `fileTruncated`, `damaged`,
 * `tooLarge`; and what the source throws. The source is closed then.
 */
export async function openSequenceFile(
  source: ByteSource,
  options: SequenceFileReaderOptions = {},
): Promise<SequenceFileReader> {
  const cursor = new FileCursor(source, options.bufferBytesMax ?? 256 * 1024 * 1024);
  try {
    const header = await readHeader(cursor);
    const reader = new SequenceFileReader(cursor, header, options);
    if ((options.start ?? 0) > cursor.position) await reader.sync(options.start ?? 0);
    return reader;
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
  readonly #options: SequenceFileReaderOptions;
  readonly #batches: RecordBatches;
  readonly #headerEnd: number;
  #recordCount = 0;
  #isStarted = false;

  /** Use {@link openSequenceFile}. */
  constructor(cursor: FileCursor, header: SequenceFileHeader, options: SequenceFileReaderOptions) {
    this.header = header;
    this.#cursor = cursor;
    this.#options = options;
    this.#headerEnd = cursor.position;
    const batchOptions = {
      syncMarker: header.syncMarker,
      codec: findCodec(cursor, header, options.codecs ?? hadoopCodecs),
      end: options.end ?? Infinity,
      keysOnly: options.keysOnly ?? false,
      cutBlockIsEnd: options.truncation === "hadoop",
    };
    this.#batches =
      header.compression === "block"
        ? new BlockRecords(cursor, batchOptions)
        : new SingleRecords(cursor, batchOptions);
  }

  /** Records given so far by the iteration over records. */
  get recordCount(): number {
    return this.#recordCount;
  }

  /**
   * Goes to the first sync at or behind `position`, and to the end of the file when there is none with anything
   * behind it. A position inside the header means the header's end. Before the iteration only.
   *
   * @param position Offset in the file.
   * @returns where the iteration will begin. Behind the end, that is the end if the source knows its size.
   * @throws RangeError when the source cannot go back so far. Error once the iteration has begun.
   */
  async sync(position: number): Promise<number> {
    if (this.#isStarted) throw new Error("the iteration has begun");
    if (position < this.#headerEnd) {
      await this.#cursor.seek(this.#headerEnd);
      return this.#headerEnd;
    }
    return this.#seekSync(position);
  }

  /**
   * The records in order. Ends when the file or its part does; the source is closed then, and after an error or
   * `break`.
   *
   * @throws WritableError `fileTruncated`, `sync`, `damaged`, `tooLarge`, with the offset of the record or
   * block that cannot be read; and what the source throws. Error on the second call.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<SequenceFileRecord, void, undefined> {
    for await (const batch of this.batches()) {
      for (const record of batch) {
        this.#recordCount++;
        yield record;
      }
    }
  }

  /**
   * The records as many at a time as can be had without waiting, for loops in which a promise a record would
   * count: a block, or what has arrived. The next block is read and decompressed meanwhile. Throws and closes as
   * the iteration over records does, which it replaces. A batch is used up before the next is asked for.
   */
  async *batches(): AsyncGenerator<Iterable<SequenceFileRecord>, void, undefined> {
    if (this.#isStarted) throw new Error("a SequenceFile can be iterated once");
    this.#isStarted = true;
    let next: Promise<Iterable<SequenceFileRecord> | undefined> | undefined;
    try {
      for (;;) {
        const batch = await (next ?? this.#next());
        if (batch === undefined) return;
        // Without blocks, a batch is taken from what has arrived, so nothing may arrive meanwhile.
        if (this.header.compression === "block") {
          next = this.#next();
          // It is thrown when its turn comes.
          next.catch(() => {});
        }
        yield batch;
      }
    } finally {
      await this.#cursor.close();
      await next?.catch(() => {});
    }
  }

  /** Closes the source of a file that is not iterated. */
  close(): Promise<void> {
    return this.#cursor.close();
  }

  async #next(): Promise<Iterable<SequenceFileRecord> | undefined> {
    const { onDamage } = this.#options;
    for (;;) {
      try {
        return await this.#batches.next();
      } catch (error) {
        if (onDamage === undefined || !(error instanceof WritableError)) throw error;
        const { offset: from = 0 } = error;
        const recordCount = this.#batches.lostRecordCount;
        // What failed may begin with a sync, so the next one is looked for.
        const to = await this.#seekSync(Math.max(from + 1, this.#cursor.oldest));
        onDamage({ from, to, recordCount, error });
      }
    }
  }

  #seekSync(position: number): Promise<number> {
    const { syncMarker } = this.header;
    return syncMarker === undefined ? this.#cursor.seekEnd() : this.#cursor.seekSync(position, syncMarker);
  }
}

function findCodec(
  cursor: FileCursor,
  header: SequenceFileHeader,
  codecs: readonly Codec[],
): Codec | undefined {
  if (header.codecClass === undefined) return undefined;
  const codec = codecs.find(({ className }) => className === header.codecClass);
  if (codec !== undefined) return codec;
  throw cursor.error(writableErrors.codec, `its codec is not known here: ${header.codecClass}`);
}

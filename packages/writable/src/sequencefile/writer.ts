import { ByteWriter } from "../byte-writer.ts";
import type { Codec } from "../codecs/codec.ts";
import { BlockBuffer } from "./block-buffer.ts";
import { encodeHeader, type SequenceFileCompression } from "./header.ts";
import { bytesOfPart, requireRecordBytes, writePart, type RecordPart } from "./record-part.ts";
import { syncMarkerBytes } from "./sync-marker.ts";

/** What a {@link SequenceFileWriter} needs to know. */
export interface SequenceFileWriterOptions {
  /** Java class of the keys. */
  readonly keyClass: string;
  /** Java class of the values. */
  readonly valueClass: string;
  /** How records are compressed: not at all, each value for itself, or a block of them at a time. */
  readonly compression: SequenceFileCompression;
  /** Needed with `record` and `block`, an error with `none`. */
  readonly codec?: Codec;
  /**
   * Blocks are compressed on the calling thread: less work in all, for threads that have nothing else to do.
   * Values (`record`) always are.
   * @default false
   */
  readonly isSync?: boolean;
  /** 16 bytes that no record should contain by chance, e.g. of `syncMarkerOf`. */
  readonly syncMarker: Uint8Array;
  /**
   * A block is complete once its keys and values have this many bytes, uncompressed (Hadoop's
   * `io.seqfile.compress.blocksize`). With `none` and `record`: how many bytes collect before a flush is due.
   * @default 1_000_000
   */
  readonly blockBytes?: number;
  /**
   * With `none` and `record`: a sync comes once this many bytes have passed since the last one. Hadoop 3 uses
   * 102400 (HADOOP-1381).
   * @default 2000
   */
  readonly syncInterval?: number;
  /**
   * Continues a file that has this many bytes: what comes has no header, and belongs behind them. The classes,
   * the compression, the codec and the sync marker have to be those of its header, as `openSequenceFile` gives
   * them (HADOOP-7139).
   * @default a new file
   */
  readonly appendAt?: number;
  /** Names and values for the header. @default none */
  readonly metadata?: ReadonlyMap<string, string>;
}

/**
 * Makes a SequenceFile of version 6 from serialized records. The bytes depend on the options and the
 * records only: when and how often {@link flush} is called changes nothing in them.
 *
 * Memory: what was appended since the last flush. Whoever flushes when {@link append} asks for it holds
 * little more than one block.
 */
export class SequenceFileWriter {
  readonly #compression: SequenceFileCompression;
  readonly #codec: Codec | undefined;
  readonly #isSync: boolean;
  readonly #blockBytes: number;
  readonly #syncInterval: number;
  readonly #syncEscape: Buffer;
  /** Bytes that are ready as they are: the header, and records outside of blocks. */
  #ready = new ByteWriter(1024);
  /** Offset in the file of the first byte of `#ready`. Not counted with blocks. */
  #readyStart: number;
  #lastSync = 0;
  #block = new BlockBuffer();
  #completeBlocks: BlockBuffer[] = [];
  #recordCount = 0;
  #state: "writing" | "finished" | "failed" = "writing";

  /** @throws TypeError when compression and codec do not fit together, or the marker has not 16 bytes. */
  constructor(options: SequenceFileWriterOptions) {
    const { compression, codec, syncMarker } = options;
    if ((compression === "none") !== (codec === undefined)) {
      throw new TypeError("compression record and block need a codec, compression none takes none");
    }
    if (syncMarker.length !== syncMarkerBytes) throw new TypeError("a sync marker has 16 bytes");
    this.#compression = compression;
    this.#codec = codec;
    this.#isSync = options.isSync ?? false;
    this.#blockBytes = options.blockBytes ?? 1_000_000;
    this.#syncInterval = options.syncInterval ?? 2000;
    this.#syncEscape = Buffer.concat([Buffer.from([0xff, 0xff, 0xff, 0xff]), syncMarker]);
    this.#readyStart = options.appendAt ?? 0;
    if (options.appendAt === undefined) this.#ready.bytes(this.#header(options));
    else this.sync();
  }

  /** Records appended so far. */
  get recordCount(): number {
    return this.#recordCount;
  }

  /**
   * Adds one record. Serialized Writables are copied; values with their types, as `instanceOf` gives them, are
   * encoded where they will stand, which is faster than encoding them before.
   *
   * @returns true when enough is buffered that {@link flush} should be called.
   * @throws RangeError when key and value together exceed 2^31 - 1 bytes, and what a type throws for a value that
   * is none of its own: nothing was added then. Error after `finish`.
   */
  append(key: RecordPart, value: RecordPart): boolean {
    this.#requireWriting();
    if (this.#compression === "block") return this.#appendToBlock(key, value);
    return this.#appendSingle(key, this.#codec?.compress(bytesOfPart(value)) ?? value);
  }

  /**
   * Makes a place at which a reader can begin. With blocks: ends the current one; without a record in it nothing
   * happens. Else writes a sync, unless there is one here already.
   */
  sync(): void {
    this.#requireWriting();
    if (this.#compression === "block") this.#completeBlock();
    else if (this.#position !== this.#lastSync) this.#writeSync();
  }

  /**
   * Gives the file's bytes from where the last flush ended: at first the header, then what is complete. A
   * block that is still filling stays. Calls may overlap with each other and with `append`; their results
   * belong into the file in the order of the calls.
   */
  async flush(): Promise<Buffer> {
    this.#requireWriting();
    return this.#drain();
  }

  /** Gives the rest of the file's bytes, the last block too. Nothing can be appended afterwards. */
  async finish(): Promise<Buffer> {
    this.#requireWriting();
    this.#state = "finished";
    this.#completeBlock();
    return this.#drain();
  }

  get #position(): number {
    return this.#readyStart + this.#ready.length;
  }

  #header({ keyClass, valueClass, compression, codec, metadata }: SequenceFileWriterOptions): Buffer {
    return encodeHeader({
      keyClass,
      valueClass,
      compression,
      codecClass: codec?.className,
      metadata: metadata ?? new Map(),
      syncMarker: this.#syncEscape.subarray(-syncMarkerBytes),
    });
  }

  #writeSync(): void {
    this.#ready.bytes(this.#syncEscape);
    this.#lastSync = this.#position;
  }

  #appendSingle(key: RecordPart, value: RecordPart): boolean {
    // Hadoop counts from the file's first byte, so the header is part of the first interval.
    if (this.#position >= this.#lastSync + this.#syncInterval) this.#writeSync();
    const ready = this.#ready;
    const start = ready.length;
    try {
      ready.int32(0);
      ready.int32(0);
      const keyStart = ready.length;
      writePart(ready, key);
      const keyEnd = ready.length;
      writePart(ready, value);
      requireRecordBytes(ready.length - keyStart);
      ready.int32At(start, ready.length - keyStart);
      ready.int32At(start + 4, keyEnd - keyStart);
    } catch (error) {
      ready.truncate(start);
      throw error;
    }
    this.#recordCount++;
    return ready.length >= this.#blockBytes;
  }

  #appendToBlock(key: RecordPart, value: RecordPart): boolean {
    this.#block.append(key, value);
    this.#recordCount++;
    if (this.#block.contentBytes >= this.#blockBytes) this.#completeBlock();
    return this.#completeBlocks.length > 0;
  }

  #completeBlock(): void {
    if (this.#block.recordCount === 0) return;
    this.#completeBlocks.push(this.#block);
    this.#block = new BlockBuffer();
  }

  async #drain(): Promise<Buffer> {
    const ready = this.#ready;
    const blocks = this.#completeBlocks;
    this.#readyStart += ready.length;
    // As much again, and an eighth, so that the record that makes the next flush due finds room.
    this.#ready = new ByteWriter(this.#compression === "block" ? 16 : ready.length + (ready.length >>> 3));
    this.#completeBlocks = [];
    if (this.#codec === undefined || blocks.length === 0) return ready.view();
    try {
      // One after the other: each takes four jobs of the thread pool as it is.
      for (const block of blocks) {
        if (this.#isSync) block.encodeSync(ready, this.#syncEscape, this.#codec);
        else await block.encode(ready, this.#syncEscape, this.#codec);
      }
    } catch (error) {
      // These records are in no result, so the file can only be given up.
      this.#state = "failed";
      throw error;
    }
    return ready.view();
  }

  #requireWriting(): void {
    if (this.#state !== "writing") throw new Error(`the SequenceFile is ${this.#state}`);
  }
}

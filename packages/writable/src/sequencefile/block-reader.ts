import { dataViewOf } from "../byte-reader.ts";
import { ByteSlice } from "../byte-slice.ts";
import type { Codec } from "../codecs/codec.ts";
import { WritableError, writableErrors } from "../errors.ts";
import { readVInt, vlongBytesMax, vlongLengthOf } from "../vint.ts";
import type { FileCursor } from "./file-cursor.ts";
import { SequenceFileRecord } from "./record.ts";

const inlineBytesMax = 16 * 1024;

/** A block whose lengths have been found to agree with each other. */
export class RecordBlock {
  readonly recordCount: number;
  readonly #keys: Parts;
  readonly #values: Parts | undefined;

  constructor(recordCount: number, keys: Parts, values: Parts | undefined) {
    this.recordCount = recordCount;
    this.#keys = keys;
    this.#values = values;
  }

  /** The records, in the block's memory. */
  *records(): Generator<SequenceFileRecord, void, undefined> {
    const keys = new PartReader(this.#keys);
    const values = this.#values === undefined ? undefined : new PartReader(this.#values);
    for (let index = 0; index < this.recordCount; index++) {
      yield new SequenceFileRecord(keys.next(), values?.next());
    }
  }
}

/** The keys or the values of a block. */
interface Parts {
  /** Their lengths, each a VInt. */
  readonly lengths: Buffer;
  /** One after the other. */
  readonly content: Buffer;
}

class PartReader {
  readonly #parts: Parts;
  readonly #view: DataView;
  #lengthAt = 0;
  #at = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#view = dataViewOf(parts.content);
  }

  next(): ByteSlice {
    const { lengths, content } = this.#parts;
    const start = this.#at;
    this.#at += readVInt(lengths, this.#lengthAt);
    this.#lengthAt += vlongLengthOf(lengths[this.#lengthAt] ?? 0);
    return new ByteSlice(content, this.#view, start, this.#at);
  }
}

/** How blocks are read. */
export interface BlockReaderOptions {
  readonly codec: Codec;
  /** Values are passed over. */
  readonly keysOnly: boolean;
}

/**
 * Reads what follows a block's sync: VInt record count, then key lengths, keys, value lengths and values,
 * each a VInt length and a stream.
 *
 * The lengths are decompressed first. They say how large keys and values are, so that a stream that gives
 * more than that is stopped there.
 */
export class BlockReader {
  readonly #cursor: FileCursor;
  readonly #options: BlockReaderOptions;
  #recordCount: number | undefined;
  #hasKeys = false;

  constructor(cursor: FileCursor, options: BlockReaderOptions) {
    this.#cursor = cursor;
    this.#options = options;
  }

  /** What the current block says of its records, once that was read. */
  get recordCount(): number | undefined {
    return this.#recordCount;
  }

  /** True once the keys of the current block have come. */
  get hasKeys(): boolean {
    return this.#hasKeys;
  }

  /** A block begins. */
  begin(): void {
    this.#recordCount = undefined;
    this.#hasKeys = false;
  }

  /** @throws WritableError `fileTruncated`, `damaged`, `tooLarge`. */
  async read(): Promise<RecordBlock> {
    const cursor = this.#cursor;
    const { keysOnly } = this.#options;
    const recordCount = await cursor.vint();
    cursor.checkLength(recordCount);
    this.#recordCount = recordCount;
    const keys = { lengths: await cursor.lengthAndBytes(), content: await cursor.lengthAndBytes() };
    this.#hasKeys = true;
    if (keysOnly) {
      await cursor.skipLengthAndBytes();
      await cursor.skipLengthAndBytes();
    }
    const values = keysOnly
      ? undefined
      : { lengths: await cursor.lengthAndBytes(), content: await cursor.lengthAndBytes() };
    try {
      return await this.#decompressed(recordCount, keys, values);
    } catch (error) {
      if (error instanceof WritableError && error.code === writableErrors.tooLarge) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw cursor.error(writableErrors.damaged, why, error);
    }
  }

  async #decompressed(recordCount: number, keys: Parts, values: Parts | undefined): Promise<RecordBlock> {
    const parts = values === undefined ? [keys] : [keys, values];
    const lengthsBytesMax = Math.min(recordCount * vlongBytesMax, this.#cursor.bufferBytesMax);
    const lengths = await Promise.all(
      parts.map((part) => decompress(this.#options.codec, part.lengths, lengthsBytesMax)),
    );
    const sizes = lengths.map((bytes) => sumOfLengths(bytes, recordCount));
    this.#cursor.checkLength(sizes.reduce((sum, size) => sum + size, 0));
    const contents = await Promise.all(
      parts.map((part, index) => decompressExactly(this.#options.codec, part.content, sizes[index]!)),
    );
    const [first, second] = lengths.map((bytes, index) => ({ lengths: bytes, content: contents[index]! }));
    return new RecordBlock(recordCount, first!, second);
  }
}

function sumOfLengths(lengths: Buffer, count: number): number {
  let offset = 0;
  let sum = 0;
  for (let index = 0; index < count; index++) {
    const length = readVInt(lengths, offset);
    if (length < 0) throw new RangeError(`a length is negative: ${length}`);
    offset += vlongLengthOf(lengths[offset] ?? 0);
    sum += length;
  }
  if (offset === lengths.length) return sum;
  throw new RangeError(`${lengths.length - offset} bytes are left behind ${count} lengths`);
}

async function decompressExactly(codec: Codec, stream: Buffer, bytes: number): Promise<Buffer> {
  const content = await decompress(codec, stream, bytes);
  if (content.length === bytes) return content;
  throw new RangeError(`${content.length} bytes were found where the lengths say ${bytes}`);
}

/** On other threads where the codec can, unless it is so little that going there would cost more. */
async function decompress(codec: Codec, stream: Buffer, outputBytesMax: number): Promise<Buffer> {
  if (codec.decompressAsync === undefined || outputBytesMax <= inlineBytesMax) {
    return codec.decompress(stream, outputBytesMax);
  }
  return codec.decompressAsync(stream, outputBytesMax);
}

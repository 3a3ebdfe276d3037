import type { Codec } from "../codecs/codec.ts";
import { WritableError, writableErrors } from "../errors.ts";
import { readVInt, vlongBytesMax, vlongLengthOf } from "../vint.ts";
import type { FileCursor } from "./file-cursor.ts";
import type { SequenceFileRecord } from "./record.ts";

/** A block whose lengths have been found to agree with each other. */
export class RecordBlock {
  readonly recordCount: number;
  readonly #lengths: readonly [keys: Buffer, values: Buffer];
  readonly #contents: readonly [keys: Buffer, values: Buffer];

  constructor(recordCount: number, lengths: [Buffer, Buffer], contents: [Buffer, Buffer]) {
    this.recordCount = recordCount;
    this.#lengths = lengths;
    this.#contents = contents;
  }

  /** The records as views into the block. */
  *records(): Generator<SequenceFileRecord, void, undefined> {
    const [keyLengths, valueLengths] = this.#lengths;
    const [keys, values] = this.#contents;
    const at = { keyLength: 0, key: 0, valueLength: 0, value: 0 };
    for (let index = 0; index < this.recordCount; index++) {
      const keyEnd = at.key + readVInt(keyLengths, at.keyLength);
      const valueEnd = at.value + readVInt(valueLengths, at.valueLength);
      yield { key: keys.subarray(at.key, keyEnd), value: values.subarray(at.value, valueEnd) };
      at.keyLength += vlongLengthOf(keyLengths[at.keyLength] ?? 0);
      at.valueLength += vlongLengthOf(valueLengths[at.valueLength] ?? 0);
      at.key = keyEnd;
      at.value = valueEnd;
    }
  }
}

/**
 * Reads what follows a block's sync: VInt record count, then key lengths, keys, value lengths and values,
 * each a VInt length and a stream.
 *
 * The lengths are decompressed first. They say how large keys and values are, so that a stream that gives
 * more than that is stopped there.
 */
export async function readBlock(cursor: FileCursor, codec: Codec): Promise<RecordBlock> {
  const recordCount = await cursor.vint();
  cursor.checkLength(recordCount);
  const keyLengthsStream = await cursor.lengthAndBytes();
  const keysStream = await cursor.lengthAndBytes();
  const valueLengthsStream = await cursor.lengthAndBytes();
  const valuesStream = await cursor.lengthAndBytes();
  try {
    const lengthsBytesMax = Math.min(recordCount * vlongBytesMax, cursor.bufferBytesMax);
    const lengths = await Promise.all([
      codec.decompress(keyLengthsStream, lengthsBytesMax),
      codec.decompress(valueLengthsStream, lengthsBytesMax),
    ]);
    const keysBytes = sumOfLengths(lengths[0], recordCount);
    const valuesBytes = sumOfLengths(lengths[1], recordCount);
    cursor.checkLength(keysBytes + valuesBytes);
    const contents = await Promise.all([
      decompressExactly(codec, keysStream, keysBytes),
      decompressExactly(codec, valuesStream, valuesBytes),
    ]);
    return new RecordBlock(recordCount, lengths, contents);
  } catch (error) {
    if (error instanceof WritableError && error.code === writableErrors.tooLarge) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw cursor.error(writableErrors.damaged, why, error);
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
  const content = await codec.decompress(stream, bytes);
  if (content.length === bytes) return content;
  throw new RangeError(`${content.length} bytes were found where the lengths say ${bytes}`);
}

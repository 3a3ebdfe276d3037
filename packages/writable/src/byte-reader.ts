import { WritableError, writableErrors } from "./errors.ts";
import { nestingMax } from "./nesting.ts";
import { decodeModifiedUtf8 } from "./modified-utf8.ts";
import { decodeJavaUtf8 } from "./utf8.ts";
import { readVInt, readVLong, vlongLengthOf } from "./vint.ts";

/** Elements without bytes of their own (NullWritable) that one buffer may announce. */
const emptyElementsMax = 65_536;

/**
 * Larger buffers are decoded text by text: a text of 13 characters or more keeps the string alive that it was cut
 * from.
 */
const wholeBytesMax = 2048;

/**
 * Reads a buffer from front to back with the primitives of Java's DataInput and Hadoop's WritableUtils.
 * Every length is checked against what is left before anything is made of it.
 *
 * All methods throw {@link WritableError} `truncated` when the bytes do not suffice, `length` for a
 * negative length; the reader has not moved then.
 */
export class ByteReader {
  readonly #buffer: Buffer;
  /** The buffer as Latin-1, once a text was read of it. */
  #whole: string | undefined;
  #offset = 0;
  #elements = 0;
  #depth = 0;

  constructor(bytes: Uint8Array) {
    this.#buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** The next byte's place in the buffer. */
  get offset(): number {
    return this.#offset;
  }

  /** Bytes not yet read. */
  get remaining(): number {
    return this.#buffer.length - this.#offset;
  }

  /** One byte, 0 to 255. */
  uint8(): number {
    return this.#buffer.readUInt8(this.#advance(1));
  }

  /** One byte, two's complement. */
  int8(): number {
    return this.#buffer.readInt8(this.#advance(1));
  }

  /** Two bytes, two's complement. */
  int16(): number {
    return this.#buffer.readInt16BE(this.#advance(2));
  }

  /** Two bytes, 0 to 65535. */
  uint16(): number {
    return this.#buffer.readUInt16BE(this.#advance(2));
  }

  /** Four bytes, two's complement. */
  int32(): number {
    return this.#buffer.readInt32BE(this.#advance(4));
  }

  /** Eight bytes, two's complement: a number when that is exact, else a bigint. */
  int64(): number | bigint {
    const start = this.#advance(8);
    const value = this.#buffer.readInt32BE(start) * 2 ** 32 + this.#buffer.readUInt32BE(start + 4);
    return Number.isSafeInteger(value) ? value : this.#buffer.readBigInt64BE(start);
  }

  /** Four bytes, IEEE 754. */
  float32(): number {
    return this.#buffer.readFloatBE(this.#advance(4));
  }

  /** Eight bytes, IEEE 754. */
  float64(): number {
    return this.#buffer.readDoubleBE(this.#advance(8));
  }

  /** A VInt. @throws WritableError `vintRange` too. */
  vint(): number {
    const value = readVInt(this.#buffer, this.#offset);
    this.#offset += vlongLengthOf(this.#buffer[this.#offset] ?? 0);
    return value;
  }

  /** A VLong: a number when that is exact, else a bigint. */
  vlong(): number | bigint {
    const value = readVLong(this.#buffer, this.#offset);
    this.#offset += vlongLengthOf(this.#buffer[this.#offset] ?? 0);
    return value;
  }

  /** The next `count` bytes, as a view. */
  bytes(count: number): Buffer {
    return this.#take(count, this.#offset);
  }

  /** VInt length, then that many bytes, as a view: the raw bytes of a Text. */
  textBytes(): Buffer {
    const start = this.#offset;
    const length = readVInt(this.#buffer, start);
    return this.#take(length, start + vlongLengthOf(this.#buffer[start] ?? 0));
  }

  /** A Text. Malformed UTF-8 becomes U+FFFD, as in Hadoop. */
  text(): string {
    const start = this.#offset;
    const length = readVInt(this.#buffer, start);
    const begin = start + vlongLengthOf(this.#buffer[start] ?? 0);
    if (length < 0) throw this.#negative(length);
    this.#require(length, begin);
    const end = begin + length;
    this.#offset = end;
    if (this.#buffer.length > wholeBytesMax || !isAscii(this.#buffer, begin, end)) {
      return decodeJavaUtf8(this.#buffer.subarray(begin, end));
    }
    // One call into C++ for all texts of a record instead of one for each.
    this.#whole ??= this.#buffer.toString("latin1");
    return this.#whole.slice(begin, end);
  }

  /** int32 length, then that many bytes, as a view: the content of a BytesWritable. */
  bytesWritable(): Buffer {
    this.#require(4, this.#offset);
    return this.#take(this.#buffer.readInt32BE(this.#offset), this.#offset + 4);
  }

  /** The same, where -1 stands for null (WritableUtils.writeString and its like). */
  bytesOrNull(): Buffer | null {
    this.#require(4, this.#offset);
    if (this.#buffer.readInt32BE(this.#offset) !== -1) return this.bytesWritable();
    this.#offset += 4;
    return null;
  }

  /**
   * uint16 byte length, then modified UTF-8: `DataInput.readUTF`, and Hadoop's deprecated UTF8, which differs for
   * U+0000 only; both forms of it are taken.
   *
   * @throws WritableError `malformed` too.
   */
  modifiedUtf8(): string {
    this.#require(2, this.#offset);
    const offset = this.#offset;
    return decodeModifiedUtf8(this.#take(this.#buffer.readUInt16BE(offset), offset + 2), offset);
  }

  /**
   * An int32 that says how many elements follow. All of a buffer together may announce as many as it has bytes,
   * and 65,536 more for those that take none: so memory depends on the bytes that are there.
   *
   * @throws WritableError `length` for more than that.
   */
  elementCount(): number {
    const offset = this.#offset;
    const count = this.int32();
    this.#elements += Math.max(count, 0);
    if (count >= 0 && this.#elements <= this.#buffer.length + emptyElementsMax) return count;
    this.#offset = offset;
    const message = `${count} elements are announced in ${this.#buffer.length} bytes`;
    throw new WritableError(writableErrors.length, message, { offset });
  }

  /**
   * Reads something that may hold its own kind, such as a map of maps.
   *
   * @throws WritableError `nesting` below the 64th level.
   */
  nested<Value>(read: () => Value): Value {
    if (this.#depth >= nestingMax) {
      const message = `collections lie in each other deeper than ${nestingMax} levels`;
      throw new WritableError(writableErrors.nesting, message, { offset: this.#offset });
    }
    this.#depth += 1;
    try {
      return read();
    } finally {
      this.#depth -= 1;
    }
  }

  /** A reader of other bytes that lie at this place, such as decompressed ones: levels go on being counted. */
  inner(bytes: Uint8Array): ByteReader {
    const reader = new ByteReader(bytes);
    reader.#depth = this.#depth;
    return reader;
  }

  #advance(count: number): number {
    const start = this.#offset;
    this.#require(count, start);
    this.#offset = start + count;
    return start;
  }

  #take(length: number, start: number): Buffer {
    if (length < 0) throw this.#negative(length);
    this.#require(length, start);
    this.#offset = start + length;
    return this.#buffer.subarray(start, start + length);
  }

  #negative(length: number): WritableError {
    const options = { offset: this.#offset };
    return new WritableError(writableErrors.length, `a length is negative: ${length}`, options);
  }

  #require(count: number, start: number): void {
    const left = this.#buffer.length - start;
    if (count <= left) return;
    const message = `${count} bytes were announced and ${left} are left`;
    throw new WritableError(writableErrors.truncated, message, { offset: this.#offset });
  }
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  let bits = 0;
  for (let index = start; index < end; index += 1) bits |= bytes[index] ?? 0;
  return bits < 0x80;
}

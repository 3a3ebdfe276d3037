import { WritableError, writableErrors, type WritableErrorCode } from "./errors.ts";
import { nestingMax } from "./nesting.ts";
import { decodeModifiedUtf8 } from "./modified-utf8.ts";
import { decodeJavaUtf8 } from "./utf8.ts";
import { isInt32, noVInt, readVLong, vlongLengthOf } from "./vint.ts";

/** Elements without bytes of their own (NullWritable) that one buffer may announce. */
const emptyElementsMax = 65_536;

/**
 * Of more bytes than this, each text is decoded by itself: a text of 13 characters or more keeps the string alive
 * that it was cut from.
 */
const wholeBytesMax = 2048;

/** The highest bit of four bytes, which ASCII does not have. */
const notAscii = 0x80808080;

/** What `toString("latin1")` calls, like undici: to go there by `toString` costs a tenth of decoding an event. */
interface LatinBuffer extends Buffer {
  latin1Slice(start: number, end: number): string;
}

/**
 * Reads bytes from front to back with the primitives of Java's DataInput and Hadoop's WritableUtils.
 * Every length is checked against what is left before anything is made of it.
 *
 * All methods throw {@link WritableError} `truncated` when the bytes do not suffice, `length` for a
 * negative length; the reader has not moved then. Offsets, in errors too, are counted from its first byte.
 */
export class ByteReader {
  readonly #buffer: Buffer;
  readonly #start: number;
  readonly #end: number;
  #view: DataView | undefined;
  /** What is read as Latin-1, once a text was read of it. */
  #whole: string | undefined;
  #position: number;
  #elements = 0;
  /** Elements that may be announced. */
  #elementsMax: number;
  #depth = 0;

  /**
   * @param bytes What is read of, as are the bytes from `start` to `end` alone.
   * @param view One of all `bytes`, where there is one: making it costs as much as reading a short text.
   */
  constructor(bytes: Uint8Array, start = 0, end = bytes.length, view?: DataView) {
    this.#buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#start = start;
    this.#end = end;
    this.#view = view;
    this.#position = start;
    this.#elementsMax = end - start + emptyElementsMax;
  }

  /** The next byte's place. */
  get offset(): number {
    return this.#position - this.#start;
  }

  /** Bytes not yet read. */
  get remaining(): number {
    return this.#end - this.#position;
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
    const start = this.#position;
    const value = this.vlong();
    if (isInt32(value)) return value;
    this.#position = start;
    throw noVInt(value, this.offset);
  }

  /** A VLong: a number when that is exact, else a bigint. */
  vlong(): number | bigint {
    const start = this.#position;
    this.#require(1, start);
    const length = vlongLengthOf(this.#buffer[start]!);
    this.#require(length, start);
    this.#position = start + length;
    return readVLong(this.#buffer, start);
  }

  /** The next `count` bytes, as a view. */
  bytes(count: number): Buffer {
    return this.#take(count, this.#position);
  }

  /** VInt length, then that many bytes, as a view: the raw bytes of a Text. */
  textBytes(): Buffer {
    const start = this.#passText();
    return this.#buffer.subarray(start, this.#position);
  }

  /** A Text. Malformed UTF-8 becomes U+FFFD, as in Hadoop. */
  text(): string {
    const start = this.#passText();
    const end = this.#position;
    if (this.#end - this.#start > wholeBytesMax || !this.#isAscii(start, end)) {
      return decodeJavaUtf8(this.#buffer.subarray(start, end));
    }
    // One call into C++ for all texts of a record instead of one for each.
    this.#whole ??= (this.#buffer as LatinBuffer).latin1Slice(this.#start, this.#end);
    return this.#whole.slice(start - this.#start, end - this.#start);
  }

  /** Passes over a Text. */
  skipText(): void {
    this.#passText();
  }

  /** int32 length, then that many bytes, as a view: the content of a BytesWritable. */
  bytesWritable(): Buffer {
    const start = this.#position;
    this.#require(4, start);
    return this.#take(this.#buffer.readInt32BE(start), start + 4);
  }

  /** The same, where -1 stands for null (WritableUtils.writeString and its like). */
  bytesOrNull(): Buffer | null {
    const start = this.#position;
    this.#require(4, start);
    if (this.#buffer.readInt32BE(start) !== -1) return this.bytesWritable();
    this.#position = start + 4;
    return null;
  }

  /**
   * uint16 byte length, then modified UTF-8: `DataInput.readUTF`, and Hadoop's deprecated UTF8, which differs for
   * U+0000 only; both forms of it are taken.
   *
   * @throws WritableError `malformed` too.
   */
  modifiedUtf8(): string {
    const { offset } = this;
    const start = this.#position;
    this.#require(2, start);
    return decodeModifiedUtf8(this.#take(this.#buffer.readUInt16BE(start), start + 2), offset);
  }

  /**
   * An int32 that says how many elements follow. All of a buffer together may announce as many as it has bytes,
   * and 65,536 more for those that take none: so memory depends on the bytes that are there.
   *
   * @throws WritableError `length` for more than that.
   */
  elementCount(): number {
    const start = this.#position;
    const count = this.int32();
    this.#elements += Math.max(count, 0);
    if (count >= 0 && this.#elements <= this.#elementsMax) return count;
    this.#position = start;
    const bytes = this.#elementsMax - emptyElementsMax;
    throw this.#error(writableErrors.length, `${count} elements are announced in ${bytes} bytes`);
  }

  /**
   * Reads something that may hold its own kind, such as a map of maps.
   *
   * @throws WritableError `nesting` below the 64th level.
   */
  nested<Value>(read: () => Value): Value {
    if (this.#depth >= nestingMax) {
      const message = `collections lie in each other deeper than ${nestingMax} levels`;
      throw this.#error(writableErrors.nesting, message);
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

  /**
   * A reader of what lies from `start` to `end` here, offsets as {@link offset} gives them. It may announce as many
   * elements as this one, so that it takes what this one takes.
   */
  slice(start: number, end: number): ByteReader {
    const reader = new ByteReader(this.#buffer, this.#start + start, this.#start + end, this.#view);
    reader.#depth = this.#depth;
    reader.#elementsMax = this.#elementsMax;
    return reader;
  }

  /**
   * Everything has been read.
   *
   * @param what stands before the bytes that are left.
   * @throws WritableError `trailingBytes`.
   */
  requireEnd(what: string): void {
    if (this.remaining === 0) return;
    throw this.#error(writableErrors.trailingBytes, `${this.remaining} bytes are left behind ${what}`);
  }

  /** Passes over a VInt length and that many bytes. @returns where these begin. */
  #passText(): number {
    const start = this.#position;
    this.#require(1, start);
    let length = this.#buffer[start]!;
    let begin = start + 1;
    if (length >= 0x80) {
      length = this.vint();
      begin = this.#position;
      this.#position = start;
    }
    this.#pass(length, begin);
    return begin;
  }

  #advance(count: number): number {
    const start = this.#position;
    this.#require(count, start);
    this.#position = start + count;
    return start;
  }

  #take(length: number, start: number): Buffer {
    this.#pass(length, start);
    return this.#buffer.subarray(start, this.#position);
  }

  #pass(length: number, start: number): void {
    if (length < 0) throw this.#error(writableErrors.length, `a length is negative: ${length}`);
    this.#require(length, start);
    this.#position = start + length;
  }

  #require(count: number, start: number): void {
    const left = this.#end - start;
    if (count <= left) return;
    throw this.#error(writableErrors.truncated, `${count} bytes were announced and ${left} are left`);
  }

  #error(code: WritableErrorCode, message: string): WritableError {
    return new WritableError(code, message, { offset: this.offset });
  }

  #isAscii(start: number, end: number): boolean {
    const view = (this.#view ??= dataViewOf(this.#buffer));
    let bits = 0;
    if (end - start < 4) {
      for (let at = start; at < end; at += 1) bits |= view.getUint8(at);
      return bits < 0x80;
    }
    for (let at = start; at < end - 4; at += 4) bits |= view.getInt32(at, true);
    // The last four may have been looked at in part.
    return ((bits | view.getInt32(end - 4, true)) & notAscii) === 0;
  }
}

/** A DataView of a buffer's bytes. */
export function dataViewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}

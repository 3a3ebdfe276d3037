import { WritableError, writableErrors } from "./errors.ts";
import { decodeJavaUtf8 } from "./utf8.ts";
import { readVInt, readVLong, vlongLengthOf } from "./vint.ts";

/**
 * Reads a buffer from front to back with the primitives of Java's DataInput and Hadoop's WritableUtils.
 * Every length is checked against what is left before anything is made of it.
 *
 * All methods throw {@link WritableError} `truncated` when the bytes do not suffice, `length` for a
 * negative length; the reader has not moved then.
 */
export class ByteReader {
  readonly #buffer: Buffer;
  #offset = 0;

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

  /** Four bytes, two's complement. */
  int32(): number {
    this.#require(4, this.#offset);
    const value = this.#buffer.readInt32BE(this.#offset);
    this.#offset += 4;
    return value;
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
    return decodeJavaUtf8(this.textBytes());
  }

  /** int32 length, then that many bytes, as a view: the content of a BytesWritable. */
  bytesWritable(): Buffer {
    this.#require(4, this.#offset);
    return this.#take(this.#buffer.readInt32BE(this.#offset), this.#offset + 4);
  }

  #take(length: number, start: number): Buffer {
    if (length < 0) {
      const options = { offset: this.#offset };
      throw new WritableError(writableErrors.length, `a length is negative: ${length}`, options);
    }
    this.#require(length, start);
    this.#offset = start + length;
    return this.#buffer.subarray(start, start + length);
  }

  #require(count: number, start: number): void {
    const left = this.#buffer.length - start;
    if (count <= left) return;
    const message = `${count} bytes were announced and ${left} are left`;
    throw new WritableError(writableErrors.truncated, message, { offset: this.#offset });
  }
}

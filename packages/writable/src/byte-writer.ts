import { encodeModifiedUtf8 } from "./modified-utf8.ts";
import { nestingMax } from "./nesting.ts";
import { toJavaWellFormed } from "./utf8.ts";
import { vlongBytesMax, vlongLength, writeVInt, writeVLong, writeVLongBigInt } from "./vint.ts";

/** Measured on Node 24: beyond it `Buffer.write` is faster. */
const shortTextLength = 20;

/** A growing buffer with the primitives of Java's DataOutput and Hadoop's WritableUtils. Big-endian. */
export class ByteWriter {
  #buffer: Buffer;
  #length = 0;
  #depth = 0;

  /** @param capacity Bytes to begin with; it doubles when it is full. Default 256. */
  constructor(capacity = 256) {
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(capacity, 16));
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** What was written, as a view. Later writes may move to other memory; they never change it. */
  view(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** What was written, as a copy. */
  copy(): Buffer {
    const copy = Buffer.allocUnsafe(this.#length);
    this.#buffer.copy(copy, 0, 0, this.#length);
    return copy;
  }

  /** Bytes that can be written before the buffer grows, from the start. */
  get capacity(): number {
    return this.#buffer.length;
  }

  /** Forgets what was written, and keeps the memory: views of it change with the next write. */
  clear(): void {
    this.#length = 0;
  }

  /** Forgets what was written behind the first `length` bytes. */
  truncate(length: number): void {
    if (length > this.#length) throw new RangeError(`only ${this.#length} bytes were written, not ${length}`);
    this.#length = length;
  }

  /** One byte, the low 8 bits of `value`. */
  byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#length++] = value;
  }

  /** One byte. @throws RangeError when `value` is not within -128 to 127. */
  int8(value: number): void {
    this.#reserve(1);
    this.#length = this.#buffer.writeInt8(value, this.#length);
  }

  /** Two bytes. @throws RangeError when `value` is not within -32768 to 32767. */
  int16(value: number): void {
    this.#reserve(2);
    this.#length = this.#buffer.writeInt16BE(value, this.#length);
  }

  /** Two bytes. @throws RangeError when `value` is not within 0 to 65535. */
  uint16(value: number): void {
    this.#reserve(2);
    this.#length = this.#buffer.writeUInt16BE(value, this.#length);
  }

  /** Four bytes. @throws RangeError when `value` is no int32. */
  int32(value: number): void {
    this.#reserve(4);
    this.#setInt32(this.#length, value);
    this.#length += 4;
  }

  /** Writes an int32 over four bytes that were written. @throws RangeError when they were not. */
  int32At(offset: number, value: number): void {
    if (offset < 0 || offset + 4 > this.#length) throw new RangeError(`no four bytes are at ${offset}`);
    this.#setInt32(offset, value);
  }

  /** Eight bytes. @throws RangeError when `value` is neither a safe integer nor an int64 bigint. */
  int64(value: number | bigint): void {
    this.#reserve(8);
    if (typeof value === "bigint") {
      this.#length = this.#buffer.writeBigInt64BE(value, this.#length);
      return;
    }
    if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not a safe integer`);
    this.#length = this.#buffer.writeInt32BE(Math.floor(value / 2 ** 32), this.#length);
    this.#length = this.#buffer.writeUInt32BE(value >>> 0, this.#length);
  }

  /** Four bytes, IEEE 754, rounded to the nearest; every NaN is `7fc00000`, as in Java. */
  float32(value: number): void {
    if (Number.isNaN(value)) return this.int32(0x7fc00000);
    this.#reserve(4);
    this.#length = this.#buffer.writeFloatBE(value, this.#length);
  }

  /** Eight bytes, IEEE 754; every NaN is `7ff8000000000000`, as in Java. */
  float64(value: number): void {
    this.#reserve(8);
    if (Number.isNaN(value)) {
      this.int32(0x7ff80000);
      this.int32(0);
      return;
    }
    this.#length = this.#buffer.writeDoubleBE(value, this.#length);
  }

  /** @throws RangeError when `value` is no int32. */
  vint(value: number): void {
    this.#reserve(5);
    this.#length = writeVInt(this.#buffer, this.#length, value);
  }

  /** @throws RangeError when `value` is neither a safe integer nor an int64 bigint. */
  vlong(value: number | bigint): void {
    this.#reserve(vlongBytesMax);
    this.#length =
      typeof value === "number"
        ? writeVLong(this.#buffer, this.#length, value)
        : writeVLongBigInt(this.#buffer, this.#length, value);
  }

  /** The bytes as they are, with no length before them. */
  bytes(value: Uint8Array): void {
    const { length } = value;
    this.#reserve(length);
    // A call into C++ costs as much as some bytes.
    if (length < 8)
      for (let index = 0; index < length; index += 1) this.#buffer[this.#length + index] = value[index]!;
    else this.#buffer.set(value, this.#length);
    this.#length += length;
  }

  /** Writes these characters, if all are ASCII. @returns false when they are not: then nothing is written. */
  ascii(value: string): boolean {
    const { length } = value;
    this.#reserve(length * 3);
    // Anything else has more bytes than UTF-16 units, so the writing itself is the test.
    if (this.#buffer.write(value, this.#length) !== length) return false;
    this.#length += length;
    return true;
  }

  /** VInt byte length, then UTF-8; an unpaired surrogate becomes "?" as in Hadoop's Text. */
  text(value: string): void {
    if (value.length <= shortTextLength && this.#shortAscii(value)) return;
    const wellFormed = toJavaWellFormed(value);
    this.#reserve(wellFormed.length * 3 + 5);
    // Asking for the byte length first would cost a second pass; so the length that plain ASCII would have
    // is guessed, and the bytes are moved when the guess was short.
    const start = this.#length;
    const guess = vlongLength(wellFormed.length);
    const byteLength = this.#buffer.write(wellFormed, start + guess);
    const prefix = vlongLength(byteLength);
    if (prefix !== guess) {
      this.#buffer.copyWithin(start + prefix, start + guess, start + guess + byteLength);
    }
    writeVInt(this.#buffer, start, byteLength);
    this.#length = start + prefix + byteLength;
  }

  /**
   * uint16 byte length, then modified UTF-8.
   *
   * @param nul How U+0000 is written: `c080` as `DataOutput.writeUTF` does, `00` as Hadoop's UTF8.
   * @throws RangeError when it takes more than 65535 bytes.
   */
  modifiedUtf8(value: string, nul: "00" | "c080" = "c080"): void {
    const bytes = encodeModifiedUtf8(value, nul);
    this.uint16(bytes.length);
    this.bytes(bytes);
  }

  /** int32 byte length, then the bytes; -1 alone for null. */
  bytesOrNull(value: Uint8Array | null): void {
    this.int32(value?.length ?? -1);
    if (value !== null) this.bytes(value);
  }

  /** Writes something that may hold its own kind. @throws RangeError below the 64th level, so in a cycle. */
  nested(write: () => void): void {
    if (this.#depth >= nestingMax) {
      throw new RangeError(`collections lie in each other deeper than ${nestingMax} levels`);
    }
    this.#depth += 1;
    try {
      write();
    } finally {
      this.#depth -= 1;
    }
  }

  /** Writes a Text of so few ASCII characters that a call into C++ would take longer. @returns false if it is none. */
  #shortAscii(value: string): boolean {
    const { length } = value;
    this.#reserve(length + 1);
    const buffer = this.#buffer;
    const start = this.#length + 1;
    for (let index = 0; index < length; index += 1) {
      const unit = value.charCodeAt(index);
      if (unit >= 0x80) return false;
      buffer[start + index] = unit;
    }
    buffer[start - 1] = length;
    this.#length = start + length;
    return true;
  }

  #setInt32(offset: number, value: number): void {
    if (value !== (value | 0)) throw new RangeError(`${value} is not an int32`);
    // Faster than writeInt32BE, which checks its arguments once more.
    this.#buffer[offset] = value >>> 24;
    this.#buffer[offset + 1] = value >>> 16;
    this.#buffer[offset + 2] = value >>> 8;
    this.#buffer[offset + 3] = value;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}

import { toJavaWellFormed } from "./utf8.ts";
import { vlongBytesMax, vlongLength, writeVInt, writeVLong, writeVLongBigInt } from "./vint.ts";

/** A growing buffer with the primitives of Java's DataOutput and Hadoop's WritableUtils. Big-endian. */
export class ByteWriter {
  #buffer: Buffer;
  #length = 0;

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

  /** One byte, the low 8 bits of `value`. */
  byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#length++] = value;
  }

  /** Four bytes. @throws RangeError when `value` is no int32. */
  int32(value: number): void {
    this.#reserve(4);
    this.#length = this.#buffer.writeInt32BE(value, this.#length);
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
    this.#reserve(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
  }

  /** VInt byte length, then UTF-8; an unpaired surrogate becomes "?" as in Hadoop's Text. */
  text(value: string): void {
    const wellFormed = toJavaWellFormed(value);
    this.#reserve(wellFormed.length * 3 + 5);
    // Asking for the byte length first would cost a second pass; so the length that plain ASCII would have
    // is guessed, and the bytes are moved when the guess was short.
    const start = this.#length;
    const guess = vlongLength(wellFormed.length);
    const byteLength = this.#buffer.write(wellFormed, start + guess, "utf8");
    const prefix = vlongLength(byteLength);
    if (prefix !== guess) {
      this.#buffer.copyWithin(start + prefix, start + guess, start + guess + byteLength);
    }
    writeVInt(this.#buffer, start, byteLength);
    this.#length = start + prefix + byteLength;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}

/**
 * Hadoop's VInt and VLong (WritableUtils), one encoding for both: -112..127 is one byte; else a tag byte
 * and 1 to 8 magnitude bytes, most significant first. Tag -112 - n: n bytes of the value; tag -120 - n:
 * n bytes of -1 - value.
 *
 * This is a hot path: two halves of 32 bits, a BigInt only for what needs one, no allocation.
 */
import { WritableError, writableErrors } from "./errors.ts";

/** The most bytes that a VLong takes. */
export const vlongBytesMax = 9;

const halfRange = 2 ** 32;
const bigScratch = new BigInt64Array(1);
const halfScratch = new Uint32Array(bigScratch.buffer);
/** Where the low half lies in `halfScratch`: 0 on little-endian machines. */
const lowIndex = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 0 : 1;

/**
 * Writes `value` as a VLong.
 *
 * @param value A safe integer; {@link writeVLongBigInt} takes the whole int64 range.
 * @returns The offset behind the last byte.
 * @throws RangeError when the value is no safe integer or does not fit into `target`.
 */
export function writeVLong(target: Uint8Array, offset: number, value: number): number {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not a safe integer`);
  if (value >= -112 && value <= 127) return writeOneByte(target, offset, value);
  const magnitude = value < 0 ? -1 - value : value;
  const end = writeMagnitude(target, offset, Math.floor(magnitude / halfRange), magnitude >>> 0);
  target[offset] = (value < 0 ? -119 : -111) - (end - offset);
  return end;
}

/**
 * Writes `value` as a VInt: the bytes of {@link writeVLong}, the range of int32.
 *
 * @returns The offset behind the last byte.
 * @throws RangeError when the value is no int32 or does not fit into `target`.
 */
export function writeVInt(target: Uint8Array, offset: number, value: number): number {
  if (value !== (value | 0)) throw new RangeError(`${value} is not an int32`);
  if (value >= -112 && value <= 127) return writeOneByte(target, offset, value);
  const end = writeMagnitude(target, offset, 0, value < 0 ? ~value : value);
  target[offset] = (value < 0 ? -119 : -111) - (end - offset);
  return end;
}

/**
 * Writes `value` as a VLong, over the whole range of int64.
 *
 * @returns The offset behind the last byte.
 * @throws RangeError when the value is no int64 or does not fit into `target`.
 */
export function writeVLongBigInt(target: Uint8Array, offset: number, value: bigint): number {
  if (value >= -112n && value <= 127n) return writeOneByte(target, offset, Number(value));
  if (BigInt.asIntN(64, value) !== value) throw new RangeError(`${value} is not an int64`);
  bigScratch[0] = value < 0n ? ~value : value;
  const end = writeMagnitude(target, offset, halfScratch[1 - lowIndex] ?? 0, halfScratch[lowIndex] ?? 0);
  target[offset] = (value < 0n ? -119 : -111) - (end - offset);
  return end;
}

/**
 * How many bytes {@link writeVLong} takes for a safe integer, 1 to 9 (a VInt of the same value takes as many).
 */
export function vlongLength(value: number): number {
  if (value >= -112 && value <= 127) return 1;
  const magnitude = value < 0 ? -1 - value : value;
  const high = Math.floor(magnitude / halfRange);
  return 1 + (high === 0 ? byteCount(magnitude) : 4 + byteCount(high));
}

/** How many bytes the VLong takes that begins with this byte, 1 to 9. */
export function vlongLengthOf(firstByte: number): number {
  const tag = (firstByte << 24) >> 24;
  if (tag >= -112) return 1;
  return tag >= -120 ? -111 - tag : -119 - tag;
}

/**
 * Reads the VLong at `offset`; forms longer than necessary are taken, as Hadoop does. Its length is
 * {@link vlongLengthOf} its first byte.
 *
 * @returns A number when that is exact (a safe integer), else a bigint.
 * @throws WritableError `truncated` when `source` ends before it does.
 */
export function readVLong(source: Uint8Array, offset: number): number | bigint {
  const first = source[offset];
  if (first === undefined) throw cutOff(offset);
  const tag = (first << 24) >> 24;
  if (tag >= -112) return tag;
  const negative = tag < -120;
  const end = offset + vlongLengthOf(first);
  if (end > source.length) throw cutOff(offset);
  let high = 0;
  let low = 0;
  let position = offset + 1;
  for (; position < end - 4; position++) high = high * 256 + (source[position] ?? 0);
  for (; position < end; position++) low = low * 256 + (source[position] ?? 0);
  const magnitude = high * halfRange + low;
  if (magnitude < Number.MAX_SAFE_INTEGER) return negative ? -1 - magnitude : magnitude;
  return wholeNumber(high, low, negative);
}

/**
 * Reads the VInt at `offset`.
 *
 * @throws WritableError `truncated`, or `vintRange` when the value is no int32.
 */
export function readVInt(source: Uint8Array, offset: number): number {
  const value = readVLong(source, offset);
  if (isInt32(value)) return value;
  throw noVInt(value, offset);
}

/** Whether a VLong that was read is one that a VInt can be. */
export function isInt32(value: number | bigint): value is number {
  return typeof value === "number" && value === (value | 0);
}

/** `vintRange`: a VLong stands where a VInt was expected. */
export function noVInt(value: number | bigint, offset: number): WritableError {
  return new WritableError(writableErrors.vintRange, `${value} is no int32, a VInt was expected`, { offset });
}

function writeOneByte(target: Uint8Array, offset: number, value: number): number {
  if (offset < 0 || offset >= target.length) throw noRoom(target, offset);
  target[offset] = value;
  return offset + 1;
}

/** Writes the magnitude's bytes behind the tag's place. @returns the offset behind them. */
function writeMagnitude(target: Uint8Array, offset: number, high: number, low: number): number {
  const count = high === 0 ? byteCount(low) : 4 + byteCount(high);
  const end = offset + 1 + count;
  if (offset < 0 || end > target.length) throw noRoom(target, offset);
  let position = end - 1;
  let rest = low;
  for (let left = Math.min(count, 4); left > 0; left--) {
    target[position--] = rest;
    rest >>>= 8;
  }
  rest = high;
  for (let left = count - 4; left > 0; left--) {
    target[position--] = rest;
    rest >>>= 8;
  }
  return end;
}

/** Bytes that a uint32 takes without leading zeros, at least 1. */
function byteCount(half: number): number {
  return Math.max(1, (39 - Math.clz32(half)) >>> 3);
}

/** What Java computes for a magnitude of 2^53 - 1 or more: the arithmetic of int64, overflow too. */
function wholeNumber(high: number, low: number, negative: boolean): number | bigint {
  halfScratch[1 - lowIndex] = high;
  halfScratch[lowIndex] = low;
  const magnitude = bigScratch[0] ?? 0n;
  const value = negative ? ~magnitude : magnitude;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function noRoom(target: Uint8Array, offset: number): RangeError {
  return new RangeError(`a VLong at offset ${offset} leaves the buffer of ${target.length} bytes`);
}

function cutOff(offset: number): WritableError {
  return new WritableError(writableErrors.truncated, "the bytes end inside a VLong", { offset });
}

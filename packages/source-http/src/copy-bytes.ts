import { writeVInt } from "@sewer/writable";

/** Up to this many bytes a loop is faster than a call of Buffer.copy. */
const loopCopyBytesMax = 48;

/** Copies `source[start, end)` to `target` at `offset`. @returns the position behind it. */
// Five parameters against the house rule: this runs seven times a record, and an object for each would cost.
// oxlint-disable-next-line max-params
export function copyBytes(
  target: Buffer,
  offset: number,
  source: Buffer,
  start: number,
  end: number,
): number {
  const length = end - start;
  if (length > loopCopyBytesMax) {
    source.copy(target, offset, start, end);
  } else {
    for (let index = 0; index < length; index += 1) target[offset + index] = source[start + index]!;
  }
  return offset + length;
}

/** Writes `source[start, end)` as a Text: VInt length, then the bytes. @returns the position behind it. */
// oxlint-disable-next-line max-params -- as copyBytes
export function writeText(
  target: Buffer,
  offset: number,
  source: Buffer,
  start: number,
  end: number,
): number {
  return copyBytes(target, writeVInt(target, offset, end - start), source, start, end);
}

/**
 * Java's modified UTF-8: UTF-16 units are coded one by one, so a character beyond U+FFFF has two times three bytes.
 * `DataOutput.writeUTF` writes U+0000 as `c080`, Hadoop's deprecated UTF8 as `00`.
 */
import { WritableError, writableErrors } from "./errors.ts";

/** @param nul How U+0000 is written. */
export function encodeModifiedUtf8(value: string, nul: "00" | "c080"): Buffer {
  const bytes = Buffer.allocUnsafe(value.length * 3);
  let length = 0;
  for (let index = 0; index < value.length; index += 1) {
    const unit = value.charCodeAt(index);
    if (unit < 0x80 && (unit !== 0 || nul === "00")) {
      bytes[length++] = unit;
    } else if (unit < 0x800) {
      bytes[length++] = 0xc0 | (unit >> 6);
      bytes[length++] = 0x80 | (unit & 0x3f);
    } else {
      bytes[length++] = 0xe0 | (unit >> 12);
      bytes[length++] = 0x80 | ((unit >> 6) & 0x3f);
      bytes[length++] = 0x80 | (unit & 0x3f);
    }
  }
  return bytes.subarray(0, length);
}

/**
 * Reads both forms. Four bytes for a character beyond U+FFFF are taken too, as Hadoop does (HADOOP-9103).
 *
 * @param offset Where an error is said to be.
 * @throws WritableError `malformed`.
 */
export function decodeModifiedUtf8(bytes: Uint8Array, offset: number): string {
  let result = "";
  for (let index = 0; index < bytes.length;) {
    const first = bytes[index] ?? 0;
    const length = sequenceLength(first);
    if (length === 0 || index + length > bytes.length) throw malformed(offset);
    let point = length === 1 ? first : first & (0xff >> (length + 1));
    for (let at = index + 1; at < index + length; at += 1) {
      const next = bytes[at] ?? 0;
      if ((next & 0xc0) !== 0x80) throw malformed(offset);
      point = (point << 6) | (next & 0x3f);
    }
    if (point > 0x10ffff) throw malformed(offset);
    result += String.fromCodePoint(point);
    index += length;
  }
  return result;
}

/** Bytes of the sequence that begins with this one; 0: none does. */
function sequenceLength(first: number): number {
  if (first < 0x80) return 1;
  if (first >= 0xc0 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  return first >= 0xf0 && first < 0xf8 ? 4 : 0;
}

function malformed(offset: number): WritableError {
  return new WritableError(writableErrors.malformed, "a string is no modified UTF-8", { offset });
}

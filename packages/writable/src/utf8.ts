/**
 * Strings to UTF-8 and back as java.nio.charset does it, which is what Text uses. Two places differ from
 * Node: an unpaired surrogate is encoded as one "?", and an encoded surrogate is decoded to one U+FFFD.
 */

/** `value` with each unpaired surrogate replaced by "?", so that Node encodes it as Java would. */
export function toJavaWellFormed(value: string): string {
  return value.isWellFormed() ? value : value.replaceAll(/\p{Surrogate}/gu, "?");
}

/**
 * Decodes UTF-8 and never fails: malformed bytes become U+FFFD as Java's decoder places them. A byte order
 * mark is kept.
 */
export function decodeJavaUtf8(bytes: Buffer): string {
  let position = indexOfSurrogate(bytes, 0);
  if (position < 0) return bytes.toString("utf8");
  let start = 0;
  let result = "";
  while (position >= 0) {
    result += bytes.toString("utf8", start, position) + "\ufffd";
    const third = bytes[position + 2] ?? 0;
    start = position + (isContinuation(third) ? 3 : 2);
    position = indexOfSurrogate(bytes, start);
  }
  return result + bytes.toString("utf8", start);
}

/** The next `ed a0..bf`, or -1. `ed` is always a lead byte, so nothing before it can claim it. */
function indexOfSurrogate(bytes: Buffer, from: number): number {
  let position = bytes.indexOf(0xed, from);
  while (position >= 0) {
    const second = bytes[position + 1] ?? 0;
    if (second >= 0xa0 && second <= 0xbf) return position;
    position = bytes.indexOf(0xed, position + 1);
  }
  return -1;
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

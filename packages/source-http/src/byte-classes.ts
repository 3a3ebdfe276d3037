/*
 * What a byte may be part of, one table of 256 zeros and ones each: the parser's inner loops are one look-up
 * a byte, or none where `WordScanner` knows four bytes at once.
 */

function table(accepts: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (accepts(byte) ? 1 : 0));
}

function anyOf(text: string): (byte: number) => boolean {
  return (byte) => text.includes(String.fromCharCode(byte));
}

const isAlphanumeric = (byte: number): boolean => /[0-9A-Za-z]/.test(String.fromCharCode(byte));
const isTokenMark = anyOf("!#$%&'*+-.^_`|~");
const isHostMark = anyOf("-._~!$&'()*+;=");

/** Bytes of a token: methods, field names, connection options (RFC 9110 section 5.6.2). */
export const isTokenByte = table((byte) => isAlphanumeric(byte) || isTokenMark(byte));

/**
 * Bytes of a request target: all that is printable but `#`, and everything from 0x80 on, which is recorded
 * as it comes (docs/specs/http.md, R7).
 */
export const isTargetByte = table((byte) => byte >= 0x80 || (byte > 0x20 && byte < 0x7f && byte !== 0x23));

/** {@link isTargetByte} without `?`, which ends the path. */
export const isPathByte = table((byte) => isTargetByte[byte] === 1 && byte !== 0x3f);

/** Bytes of a field value: HTAB, SP, printable, 0x80 and up (RFC 9110 section 5.5); no other control byte. */
export const isValueByte = table((byte) => byte === 0x09 || (byte >= 0x20 && byte !== 0x7f));

/**
 * Bytes of a reg-name or IPv4 address (RFC 3986 section 3.2.2), less two: `%`, which needs two hex digits
 * after it, and `,`, which would make a list of hosts look like one (docs/specs/http.md, R12).
 */
export const isHostByte = table((byte) => isAlphanumeric(byte) || isHostMark(byte));

/** Single bytes by name. */
export const byteOf = {
  tab: 0x09,
  lf: 0x0a,
  cr: 0x0d,
  space: 0x20,
  percent: 0x25,
  asterisk: 0x2a,
  comma: 0x2c,
  slash: 0x2f,
  zero: 0x30,
  nine: 0x39,
  colon: 0x3a,
  semicolon: 0x3b,
  question: 0x3f,
  bracketOpen: 0x5b,
  bracketClose: 0x5d,
} as const;

/** True for 0-9. */
export function isDigit(byte: number): boolean {
  return byte >= byteOf.zero && byte <= byteOf.nine;
}

/** 0 to 15 for a hex digit in any case, else -1. */
export function hexValueOf(byte: number): number {
  if (isDigit(byte)) return byte - byteOf.zero;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/**
 * True when `buffer[start, end)` is `expected` in any case. `expected` is lower case, without bytes that
 * another byte turns into when bit 5 is set (`-` is safe: only CR does, which is in no token).
 */
export function equalsIgnoreCase(
  buffer: Uint8Array,
  start: number,
  end: number,
  expected: Uint8Array,
): boolean {
  if (end - start !== expected.length) return false;
  for (let index = 0; index < expected.length; index += 1) {
    if ((buffer[start + index]! | 0x20) !== expected[index]) return false;
  }
  return true;
}

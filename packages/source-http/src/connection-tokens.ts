import { byteOf, equalsIgnoreCase } from "./byte-classes.ts";
import { headFlag } from "./request-head.ts";

const close = Buffer.from("close", "latin1");
const keepAlive = Buffer.from("keep-alive", "latin1");

/**
 * The flags that one Connection field's value sets: it is a list of tokens, compared whole and in any case
 * (RFC 9110 section 7.6.1). What it does not know, it passes over.
 */
export function connectionFlags(buffer: Uint8Array, start: number, end: number): number {
  let flags = 0;
  let tokenStart = start;
  for (let position = start; position <= end; position += 1) {
    if (position < end && buffer[position] !== byteOf.comma) continue;
    flags |= flagOf(buffer, tokenStart, position);
    tokenStart = position + 1;
  }
  return flags;
}

function flagOf(buffer: Uint8Array, from: number, to: number): number {
  let start = from;
  let end = to;
  while (start < end && isBlank(buffer[start]!)) start += 1;
  while (end > start && isBlank(buffer[end - 1]!)) end -= 1;
  if (equalsIgnoreCase(buffer, start, end, keepAlive)) return headFlag.keepAlive;
  return equalsIgnoreCase(buffer, start, end, close) ? headFlag.close : 0;
}

function isBlank(byte: number): boolean {
  return byte === byteOf.space || byte === byteOf.tab;
}

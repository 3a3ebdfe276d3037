/**
 * LZ4 blocks, https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md:
 *
 *     sequence = token | literal length bytes | literals | uint16 LE offset | match length bytes
 *
 * The token's high half is the literal length, its low half the match length less 4; 15 goes on in bytes that
 * are added up to and with the first below 255. The last sequence ends with its literals.
 */
import { MatchTable } from "./match-table.ts";

const matchBytesMin = 4;
/** The last match begins so far before the end, and the last bytes are literals (end of block conditions). */
const lastMatchDistance = 12;
const lastLiterals = 5;
const offsetMax = 65_535;
const nibbleMax = 15;

/** Compresses to one block. Greedy: the first match that is found is taken. */
export function compressLz4(bytes: Uint8Array): Buffer {
  const { length } = bytes;
  const target = Buffer.allocUnsafe(length + Math.floor(length / 255) + 16);
  const table = new MatchTable(bytes);
  const matchStartMax = length - lastMatchDistance;
  let anchor = 0;
  let end = 0;
  let misses = 0;
  for (let at = 0; at <= matchStartMax;) {
    const candidate = table.replace(at);
    if (candidate < 0 || at - candidate > offsetMax || !table.isMatch(candidate, at)) {
      // The longer nothing matches, the larger the steps: what does not compress costs little time.
      at += 1 + (misses++ >>> 6);
      continue;
    }
    misses = 0;
    const matchEnd = table.matchEnd(candidate, at, length - lastLiterals);
    end = writeSequence(target, end, bytes.subarray(anchor, at), matchEnd - at);
    target[end++] = at - candidate;
    target[end++] = (at - candidate) >>> 8;
    end = writeRest(target, end, matchEnd - at - matchBytesMin);
    at = matchEnd;
    anchor = at;
  }
  end = writeSequence(target, end, bytes.subarray(anchor), matchBytesMin);
  return target.subarray(0, end);
}

function writeSequence(target: Buffer, start: number, literals: Uint8Array, matchBytes: number): number {
  const high = Math.min(literals.length, nibbleMax);
  target[start] = (high << 4) | Math.min(matchBytes - matchBytesMin, nibbleMax);
  const end = writeRest(target, start + 1, literals.length);
  target.set(literals, end);
  return end + literals.length;
}

/** What of a length does not fit into its half of the token. */
function writeRest(target: Buffer, start: number, length: number): number {
  let at = start;
  if (length < nibbleMax) return at;
  let rest = length - nibbleMax;
  for (; rest >= 255; rest -= 255) target[at++] = 255;
  target[at++] = rest;
  return at;
}

/** Decompresses one block, see `RawBlockCompression.decompressInto`. */
export function decompressLz4(target: Buffer, start: number, bytes: Buffer): number {
  let end = start;
  let at = 0;
  const lengthOf = (nibble: number): number => {
    let length = nibble;
    if (nibble < nibbleMax) return length;
    for (let byte = 255; byte === 255; length += byte) {
      if (at >= bytes.length) throw new RangeError("unexpected end of an LZ4 block");
      byte = bytes[at++]!;
    }
    return length;
  };
  while (at < bytes.length) {
    const token = bytes[at++]!;
    const literals = lengthOf(token >>> 4);
    if (literals > bytes.length - at) throw new RangeError("unexpected end of an LZ4 block");
    if (literals > target.length - end) throw new RangeError("an LZ4 block gives more than was announced");
    end += bytes.copy(target, end, at, at + literals);
    at += literals;
    if (at === bytes.length) return end;
    if (at + 2 > bytes.length) throw new RangeError("unexpected end of an LZ4 block");
    const offset = bytes[at]! | (bytes[at + 1]! << 8);
    at += 2;
    const matchBytes = lengthOf(token & nibbleMax) + matchBytesMin;
    if (offset === 0 || offset > end - start) throw new RangeError("an LZ4 match begins before the block");
    if (matchBytes > target.length - end) throw new RangeError("an LZ4 block gives more than was announced");
    end = copyMatch(target, end, offset, matchBytes);
  }
  throw new RangeError("unexpected end of an LZ4 block");
}

/** Copies what stands `offset` bytes before `end`; both may overlap, then it repeats. */
export function copyMatch(target: Buffer, end: number, offset: number, length: number): number {
  if (offset >= length) {
    target.copyWithin(end, end - offset, end - offset + length);
    return end + length;
  }
  for (let at = end; at < end + length; at++) target[at] = target[at - offset]!;
  return end + length;
}

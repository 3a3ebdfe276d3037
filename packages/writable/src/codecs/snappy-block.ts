/**
 * Raw Snappy, https://github.com/google/snappy/blob/main/format_description.txt:
 *
 *     varint length of the output, 7 bits a byte, least significant first | element ...
 *     literal  tag 00, length - 1 in its upper six bits; 60 to 63: in the 1 to 4 bytes (LE) that follow
 *     copy     tag 01, length - 4 in three bits, offset in three bits and a byte
 *              tag 10, length - 1 in six bits, offset in 2 bytes (LE)
 *              tag 11, the same with 4 bytes
 */
import { copyMatch } from "./lz4-block.ts";
import { MatchTable } from "./match-table.ts";

const offsetMax = 65_535;
const copyBytesMax = 64;
/** Nothing is looked for so near to the end, where four bytes may not be left. */
const tailBytes = 4;

/** Compresses to one raw block. Greedy: the first match that is found is taken. */
export function compressSnappy(bytes: Uint8Array): Buffer {
  const { length } = bytes;
  const target = Buffer.allocUnsafe(32 + length + Math.floor(length / 6));
  const table = new MatchTable(bytes);
  let end = writeVarint(target, length);
  let anchor = 0;
  let misses = 0;
  for (let at = 0; at <= length - tailBytes;) {
    const candidate = table.replace(at);
    if (candidate < 0 || at - candidate > offsetMax || !table.isMatch(candidate, at)) {
      // The longer nothing matches, the larger the steps: what does not compress costs little time.
      at += 1 + (misses++ >>> 6);
      continue;
    }
    misses = 0;
    const matchEnd = table.matchEnd(candidate, at, length);
    end = writeLiteral(target, end, bytes.subarray(anchor, at));
    end = writeCopies(target, end, at - candidate, matchEnd - at);
    at = matchEnd;
    anchor = at;
  }
  return target.subarray(0, writeLiteral(target, end, bytes.subarray(anchor)));
}

function writeVarint(target: Buffer, value: number): number {
  let at = 0;
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) target[at++] = (rest & 0x7f) | 0x80;
  target[at++] = rest;
  return at;
}

function writeLiteral(target: Buffer, start: number, literal: Uint8Array): number {
  if (literal.length === 0) return start;
  let end = start;
  const length = literal.length - 1;
  if (length < 60) target[end++] = length << 2;
  else {
    const bytes = length < 0x100 ? 1 : length < 0x10000 ? 2 : 3;
    target[end++] = (59 + bytes) << 2;
    end = target.writeUIntLE(length, end, bytes);
  }
  target.set(literal, end);
  return end + literal.length;
}

function writeCopies(target: Buffer, start: number, offset: number, length: number): number {
  let end = start;
  for (let rest = length; rest > 0;) {
    const part = Math.min(rest, copyBytesMax);
    target[end++] = ((part - 1) << 2) | 2;
    end = target.writeUInt16LE(offset, end);
    rest -= part;
  }
  return end;
}

/** Decompresses one raw block, see `RawBlockCompression.decompressInto`. */
export function decompressSnappy(target: Buffer, start: number, bytes: Buffer): number {
  const input = new SnappyInput(bytes);
  const length = input.varint();
  if (length > target.length - start) throw new RangeError("a Snappy block gives more than was announced");
  const blockEnd = start + length;
  let end = start;
  while (!input.isDone) {
    const tag = input.number(1);
    if ((tag & 3) === 0) {
      const literal = input.bytes(literalBytes(input, tag >>> 2));
      if (literal.length > blockEnd - end) throw new RangeError("a Snappy literal is longer than its block");
      target.set(literal, end);
      end += literal.length;
    } else {
      const [copyBytes, offset] = copyOf(input, tag);
      if (offset === 0 || offset > end - start) throw new RangeError("a Snappy copy begins before its block");
      if (copyBytes > blockEnd - end) throw new RangeError("a Snappy copy is longer than its block");
      end = copyMatch(target, end, offset, copyBytes);
    }
  }
  if (end === blockEnd) return end;
  throw new RangeError(`unexpected end of a Snappy block: ${end - start} of ${length} bytes`);
}

function literalBytes(input: SnappyInput, length: number): number {
  return (length < 60 ? length : input.number(length - 59)) + 1;
}

function copyOf(input: SnappyInput, tag: number): readonly [length: number, offset: number] {
  if ((tag & 3) === 1) return [((tag >>> 2) & 7) + 4, ((tag >>> 5) << 8) | input.number(1)];
  return [(tag >>> 2) + 1, input.number((tag & 3) === 2 ? 2 : 4)];
}

class SnappyInput {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isDone(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** An unsigned little-endian number. */
  number(bytes: number): number {
    if (bytes > this.#bytes.length - this.#at) throw new RangeError("unexpected end of a Snappy block");
    let value = 0;
    for (let index = 0; index < bytes; index++) value += this.#bytes[this.#at++]! * 2 ** (8 * index);
    return value;
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.number(1);
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError("the length of a Snappy block is no 32-bit number");
  }

  bytes(count: number): Buffer {
    if (count > this.#bytes.length - this.#at) throw new RangeError("unexpected end of a Snappy block");
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }
}

import { BitReader } from "./bit-reader.ts";
import { blockMagic, endMagic, groupSymbols, levelBytes, runB, tablesMax, tablesMin } from "./constants.ts";
import { combineCrcs, crcOf } from "./crc.ts";
import { HuffmanDecoder } from "./huffman-decoder.ts";
import { RunOutput } from "./output-runs.ts";

/** What output is taken to be at first, in times the input. */
const expansion = 8;

/**
 * Decompresses streams that follow each other.
 *
 * @throws RangeError when they are damaged or cut, or give more than `outputBytesMax`.
 */
export function decompressBzip2(bytes: Uint8Array, outputBytesMax: number): Buffer {
  const input = new BitReader(bytes);
  const output = new RunOutput(outputBytesMax, bytes.length * expansion);
  do readStream(input, output);
  while (!input.isDone);
  return output.view();
}

function readStream(input: BitReader, output: RunOutput): void {
  const level = input.read(24) === 0x42_5a_68 ? input.read(8) - 0x30 : 0;
  if (level < 1 || level > 9) throw new RangeError("no bzip2 stream: it does not begin with BZh1 to BZh9");
  let crc = 0;
  for (;;) {
    const magic = [input.read(24), input.read(24)];
    const expected = input.readInt32();
    if (magic[0] === endMagic[0] && magic[1] === endMagic[1]) {
      if (crc !== expected) throw new RangeError("the checksum of a bzip2 stream is wrong");
      input.align();
      return;
    }
    if (magic[0] !== blockMagic[0] || magic[1] !== blockMagic[1]) {
      throw new RangeError("neither a block nor the end of a bzip2 stream");
    }
    const start = output.length;
    readBlock(input, output, level * levelBytes);
    if (~crcOf(output.view(start)) !== expected)
      throw new RangeError("the checksum of a bzip2 block is wrong");
    crc = combineCrcs(crc, expected);
  }
}

function readBlock(input: BitReader, output: RunOutput, bytesMax: number): void {
  if (input.read(1) !== 0) throw new RangeError("a randomised bzip2 block, which no bzip2 writes since 1999");
  const row = input.read(24);
  const bytes = readUsedBytes(input);
  const selectors = readSelectors(input);
  const decoders = selectors.tables.map(() => HuffmanDecoder.read(input, bytes.length + 2));
  const sorted = readSymbols(input, { selectors: selectors.order, decoders, bytes, bytesMax });
  if (row >= sorted.length) throw new RangeError("a bzip2 block begins outside of itself");
  unsort(sorted, row, output);
}

function readUsedBytes(input: BitReader): number[] {
  const groups = input.read(16);
  const bytes: number[] = [];
  for (let group = 0; group < 16; group++) {
    const used = (groups >>> (15 - group)) & 1 ? input.read(16) : 0;
    for (let byte = 0; byte < 16; byte++) if ((used >>> (15 - byte)) & 1) bytes.push(group * 16 + byte);
  }
  if (bytes.length === 0) throw new RangeError("a bzip2 block without bytes");
  return bytes;
}

/** Which table each group of symbols has: move-to-front, then as many one bits. */
function readSelectors(input: BitReader): { tables: number[]; order: Uint8Array } {
  const tableCount = input.read(3);
  const order = new Uint8Array(input.read(15));
  if (tableCount < tablesMin || tableCount > tablesMax || order.length === 0) {
    throw new RangeError("a bzip2 block without tables");
  }
  const tables = Array.from({ length: tableCount }, (_, table) => table);
  const recent = Uint8Array.from(tables);
  for (let index = 0; index < order.length; index++) {
    let place = 0;
    while (input.read(1) === 1) {
      if (++place >= tableCount) throw new RangeError("a bzip2 block selects a table that is not there");
    }
    order[index] = toFront(recent, place);
  }
  return { tables, order };
}

interface Symbols {
  readonly selectors: Uint8Array;
  readonly decoders: readonly HuffmanDecoder[];
  readonly bytes: readonly number[];
  readonly bytesMax: number;
}

/** The last column of the sorted matrix. */
function readSymbols(input: BitReader, { selectors, decoders, bytes, bytesMax }: Symbols): Uint8Array {
  const recent = Uint8Array.from(bytes);
  const end = bytes.length + 1;
  let sorted = new Uint8Array(Math.min(bytesMax, 4096));
  let length = 0;
  let runBit = 1;
  const append = (byte: number, count: number): void => {
    const needed = length + count;
    if (needed > bytesMax) throw new RangeError("a bzip2 block is larger than its level allows");
    if (needed > sorted.length) {
      const larger = new Uint8Array(Math.min(bytesMax, needed * 2));
      larger.set(sorted);
      sorted = larger;
    }
    sorted.fill(byte, length, needed);
    length = needed;
  };
  for (const selector of selectors) {
    const decoder = decoders[selector]!;
    for (let index = 0; index < groupSymbols; index++) {
      const symbol = decoder.decode(input);
      if (symbol === end) return sorted.subarray(0, length);
      if (symbol <= runB) {
        // The two are digits 1 and 2 of a number in base 2, the least significant first.
        append(recent[0]!, runBit << symbol);
        // Beyond this any run is larger than any block.
        runBit = Math.min(runBit << 1, 1 << 21);
      } else {
        runBit = 1;
        append(toFront(recent, symbol - 1), 1);
      }
    }
  }
  throw new RangeError("a bzip2 block has no end");
}

function toFront(recent: Uint8Array, place: number): number {
  const value = recent[place]!;
  recent.copyWithin(1, 0, place);
  recent[0] = value;
  return value;
}

/** Undoes Burrows-Wheeler: each row is followed by the one that begins with its last byte, in its order. */
function unsort(sorted: Uint8Array, row: number, output: RunOutput): void {
  const starts = new Uint32Array(257);
  for (let at = 0; at < sorted.length; at++) starts[sorted[at]! + 1]!++;
  for (let byte = 0; byte < 256; byte++) starts[byte + 1]! += starts[byte]!;
  const next = new Uint32Array(sorted.length);
  for (let at = 0; at < sorted.length; at++) next[starts[sorted[at]!]!++] = at;
  output.startBlock();
  let at = next[row]!;
  for (let count = 0; count < sorted.length; count++) {
    output.add(sorted[at]!);
    at = next[at]!;
  }
}

import { BitWriter } from "./bit-writer.ts";
import { codesOf } from "./code-lengths.ts";
import { blockMagic, endMagic, groupSymbols, levelBytes } from "./constants.ts";
import { combineCrcs, crcOf } from "./crc.ts";
import { takeBlock } from "./input-runs.ts";
import { sortRotations } from "./sort-rotations.ts";
import { symbolsOf } from "./symbols.ts";
import { chooseTables } from "./tables.ts";

/** Compresses to one stream. Level 1 to 9: blocks of so many times 100,000 bytes. */
export function compressBzip2(input: Uint8Array, level: number): Buffer {
  const output = new BitWriter();
  for (const character of `BZh${level}`) output.write(character.charCodeAt(0), 8);
  let streamCrc = 0;
  for (let start = 0; start < input.length;) {
    const { bytes, end } = takeBlock(input, start, level * levelBytes);
    const crc = ~crcOf(input.subarray(start, end));
    streamCrc = combineCrcs(streamCrc, crc);
    writeStart(output, blockMagic, crc);
    writeBlock(output, bytes);
    start = end;
  }
  writeStart(output, endMagic, streamCrc);
  return output.end();
}

function writeStart(output: BitWriter, magic: readonly number[], crc: number): void {
  for (const bits of magic) output.write(bits, 24);
  output.writeInt32(crc);
}

function writeBlock(output: BitWriter, block: Uint8Array): void {
  const order = sortRotations(block);
  const column = Uint8Array.from(order, (start) => block[start === 0 ? block.length - 1 : start - 1]!);
  const { bytes, symbols } = symbolsOf(column);
  const { lengths, selectors } = chooseTables(symbols, bytes.length + 2);
  output.write(0, 1);
  output.write(order.indexOf(0), 24);
  writeUsedBytes(output, bytes);
  output.write(lengths.length, 3);
  output.write(selectors.length, 15);
  writeSelectors(output, selectors, lengths.length);
  for (const table of lengths) writeTable(output, table);
  const codes = lengths.map(codesOf);
  for (let at = 0; at < symbols.length; at++) {
    const table = selectors[Math.floor(at / groupSymbols)]!;
    output.write(codes[table]![symbols[at]!]!, lengths[table]![symbols[at]!]!);
  }
}

function writeUsedBytes(output: BitWriter, bytes: readonly number[]): void {
  const groups = Array.from({ length: 16 }, (_, group) =>
    bytes.filter((byte) => byte >>> 4 === group).reduce((bits, byte) => bits | (0x8000 >>> (byte & 15)), 0),
  );
  for (const group of groups) output.write(group === 0 ? 0 : 1, 1);
  for (const group of groups) if (group !== 0) output.write(group, 16);
}

function writeSelectors(output: BitWriter, selectors: Uint8Array, tableCount: number): void {
  const recent = Array.from({ length: tableCount }, (_, table) => table);
  for (const selector of selectors) {
    const place = recent.indexOf(selector);
    recent.copyWithin(1, 0, place);
    recent[0] = selector;
    for (let index = 0; index < place; index++) output.write(1, 1);
    output.write(0, 1);
  }
}

function writeTable(output: BitWriter, lengths: readonly number[]): void {
  let current = lengths[0]!;
  output.write(current, 5);
  for (const length of lengths) {
    for (; current < length; current++) output.write(0b10, 2);
    for (; current > length; current--) output.write(0b11, 2);
    output.write(0, 1);
  }
}

import { describe, expect, test } from "vitest";
import { lz4Codec, snappyCodec } from "../../src/index.ts";

/** The lengths of a framed stream: of each block, what it gives, and of each of its chunks, what it takes. */
function layoutOf(stream: Buffer, rawChunkMax: number): [rawBytes: number, chunks: number][] {
  const blocks: [number, number][] = [];
  for (let at = 0; at < stream.length;) {
    const rawBytes = stream.readInt32BE(at);
    at += 4;
    const chunks = Math.ceil(rawBytes / rawChunkMax);
    for (let index = 0; index < chunks; index++) at += 4 + stream.readInt32BE(at);
    blocks.push([rawBytes, chunks]);
  }
  return blocks;
}

describe.each([
  ["Snappy", snappyCodec(), 218_422],
  ["Lz4", lz4Codec(), 261_100],
] as const)("%s in Hadoop's framing", (_, codec, chunkMax) => {
  test("nothing is an empty block", () => {
    expect(codec.compress(Buffer.alloc(0)).toString("hex")).toBe("00000000");
    expect(codec.decompress(Buffer.alloc(4), 0)).toHaveLength(0);
  });

  test("up to one chunk is a block", () => {
    expect(layoutOf(codec.compress(Buffer.alloc(1)), chunkMax)).toEqual([[1, 1]]);
    expect(layoutOf(codec.compress(Buffer.alloc(chunkMax)), chunkMax)).toEqual([[chunkMax, 1]]);
  });

  test("more is a block of several chunks, and an empty block", () => {
    const bytes = chunkMax * 2 + 1;
    expect(layoutOf(codec.compress(Buffer.alloc(bytes)), chunkMax)).toEqual([
      [bytes, 3],
      [0, 0],
    ]);
  });

  test.each([
    ["a negative raw length", "ffffffff"],
    ["a negative chunk length", "00000001ffffffff"],
    ["a chunk of nothing", "0000000100000000"],
    ["a raw length beyond the bound", "7fffffff0000000100"],
    ["a chunk that is longer than what is left", "000000017fffffff00"],
  ])("%s is an error that takes no memory", (_name, hex) => {
    expect(() => codec.decompress(Buffer.from(hex, "hex"), 1000)).toThrow(RangeError);
  });
});

test("Snappy elements of every kind", () => {
  // 16 bytes: a literal "abcd", a copy of 4 with one byte of offset, of 4 with two, of 4 with four.
  const block = Buffer.from("100c6162636401040e04000f04000000", "hex");
  const framed = Buffer.concat([Buffer.from("00000010000000", "hex"), Buffer.from([block.length]), block]);
  expect(snappyCodec().decompress(framed, 16).toString()).toBe("abcdabcdabcdabcd");
});

test("an LZ4 match may overlap itself", () => {
  const block = Buffer.from("12610100506262626262", "hex");
  const framed = Buffer.concat([Buffer.from("0000000c0000000a", "hex"), block]);
  expect(lz4Codec().decompress(framed, 12).toString()).toBe("aaaaaaabbbbb");
});

import { describe, expect, test } from "vitest";
import {
  bzip2Codec,
  deflateCodec,
  fileSource,
  lz4Codec,
  openSequenceFile,
  SequenceFileWriter,
  snappyCodec,
  WritableError,
  writableErrors,
  zstdCodec,
  type ByteSource,
  type SequenceFileDamage,
  type SequenceFileReaderOptions,
  type SequenceFileWriterOptions,
} from "../../src/index.ts";
import { chunked, readAll } from "../fixtures.ts";

const marker = Buffer.alloc(16, 0x5a);

async function fileOf(count: number, options: Partial<SequenceFileWriterOptions>): Promise<Buffer> {
  const writer = new SequenceFileWriter({
    keyClass: "K",
    valueClass: "V",
    syncMarker: marker,
    compression: "none",
    syncInterval: 100,
    blockBytes: 60,
    ...options,
  });
  for (let index = 0; index < count; index++) {
    writer.append(Buffer.from(`k${index}`), Buffer.from(`value ${index}`));
  }
  return writer.finish();
}

const codec = deflateCodec();
const plain = await fileOf(20, {});
const record = await fileOf(20, { compression: "record", codec });
const block = await fileOf(20, { compression: "block", codec });

interface Recovered {
  keys: string[];
  damage: SequenceFileDamage[];
}

async function recover(source: ByteSource, options: SequenceFileReaderOptions = {}): Promise<Recovered> {
  const damage: SequenceFileDamage[] = [];
  const keys: string[] = [];
  const onDamage = (place: SequenceFileDamage): number => damage.push(place);
  const file = await openSequenceFile(source, { bufferBytesMax: 1 << 20, onDamage, ...options });
  for await (const { key } of file) keys.push(key.toString());
  return { keys, damage };
}

function keysOf(...ranges: [from: number, to: number][]): string[] {
  return ranges.flatMap(([from, to]) => Array.from({ length: to - from }, (_, index) => `k${from + index}`));
}

/** Where the syncs behind the header's marker are. */
function syncsOf(bytes: Buffer): number[] {
  const syncs = [];
  for (let at = bytes.indexOf(marker) + 1; (at = bytes.indexOf(marker, at)) >= 0; at++) syncs.push(at - 4);
  return syncs;
}

/** The same bytes as every kind of source. */
const sources: [string, (bytes: Buffer) => ByteSource][] = [
  ["a Buffer", (bytes) => bytes],
  [
    "chunks",
    (bytes) =>
      chunked(
        bytes,
        Array.from({ length: Math.floor(bytes.length / 7) }, (_, i) => (i + 1) * 7),
      ),
  ],
  [
    "reads",
    (bytes) => ({
      read: (position, length) => Promise.resolve(bytes.subarray(position, position + Math.min(length, 13))),
    }),
  ],
];

describe.each(sources)("damage in %s", (_, sourceOf) => {
  test("a record whose length lies: what follows the next sync is read", async () => {
    const bytes = Buffer.from(plain);
    const [first, second] = syncsOf(bytes);
    bytes.writeInt32BE(-7, first! + 20);
    const { keys, damage } = await recover(sourceOf(bytes));
    const before = (await readAll(plain.subarray(0, first))).records.length;
    const after = (await readAll(plain.subarray(0, second))).records.length;
    expect(damage).toMatchObject([
      { from: first! + 20, to: second, recordCount: undefined, error: { code: writableErrors.damaged } },
    ]);
    expect(keys).toEqual(keysOf([0, before], [after, 20]));
  });

  test("a block that cannot be decompressed: its records are counted, the others come", async () => {
    const bytes = Buffer.from(block);
    const [, second, third] = syncsOf(bytes);
    bytes[third! - 3]! ^= 0xff;
    const { keys, damage } = await recover(sourceOf(bytes));
    expect(damage).toMatchObject([
      { from: second, to: third, recordCount: 6, error: { code: writableErrors.damaged } },
    ]);
    expect(keys).toEqual(keysOf([0, 7], [13, 20]));
  });

  test("a sync that is damaged: the block is lost", async () => {
    const bytes = Buffer.from(block);
    const [first, second] = syncsOf(bytes);
    bytes[first! + 10] = 0;
    const { keys, damage } = await recover(sourceOf(bytes));
    expect(damage).toMatchObject([
      { from: first, to: second, recordCount: undefined, error: { code: writableErrors.sync } },
    ]);
    expect(keys).toEqual(keysOf([7, 20]));
  });

  test("a cut at the end is damage, too", async () => {
    const bytes = block.subarray(0, -1);
    const last = syncsOf(bytes).at(-1)!;
    const { keys, damage } = await recover(sourceOf(bytes));
    expect(damage).toMatchObject([
      { from: last, to: bytes.length, recordCount: 1, error: { code: writableErrors.fileTruncated } },
    ]);
    expect(keys).toEqual(keysOf([0, 19]));
    expect(await recover(sourceOf(bytes), { keysOnly: true })).toMatchObject({
      keys: keysOf([0, 19]),
      damage: [{ from: last, to: bytes.length }],
    });
  });

  test("several damages in one file", async () => {
    const bytes = Buffer.from(record);
    const [first, , third] = syncsOf(bytes);
    bytes.fill(0xee, first! + 20, first! + 30);
    bytes.fill(0xee, third! + 20, third! + 30);
    const { keys, damage } = await recover(sourceOf(bytes));
    expect(damage.map(({ from }) => from)).toEqual([first! + 20, third! + 20]);
    expect(keys.at(-1)).toBe("k19");
    expect(keysOf([0, 20])).toEqual(expect.arrayContaining(keys));
  });
});

describe("every byte of every kind of file", async () => {
  const kinds: [string, Buffer][] = [
    ["none", plain],
    ["record", record],
    ["block", block],
  ];
  for (const other of [bzip2Codec(), snappyCodec(), lz4Codec(), zstdCodec()]) {
    const name = other.className.split(".").pop()!;
    kinds.push([`record ${name}`, await fileOf(6, { compression: "record", codec: other })]);
    kinds.push([`block ${name}`, await fileOf(12, { compression: "block", codec: other })]);
  }

  test.each(kinds)("%s: damage gives records or a WritableError, and recovery ends", async (_, bytes) => {
    const headerBytes = bytes.indexOf(marker) + 16;
    const largest = 1 << 16;
    for (let at = 0; at < bytes.length; at++) {
      const copy = Buffer.from(bytes);
      copy[at] = (at * 37 + 11) % 256 === copy[at] ? copy[at]! ^ 0xff : (at * 37 + 11) % 256;
      const { error } = await readAll(copy, { bufferBytesMax: largest });
      if (at < headerBytes) continue;
      const { keys, damage } = await recover(copy, { bufferBytesMax: largest });
      expect(damage.length > 0, `byte ${at}`).toBe(error !== undefined);
      for (const { from, to } of damage) expect(to).toBeGreaterThan(from);
      expect(keys.length, `byte ${at}`).toBeLessThanOrEqual(20);
    }
  });

  test.each(kinds)("%s: a prefix gives what is whole, and a cut", async (_, bytes) => {
    const whole = (await readAll(bytes)).records;
    for (let cut = 0; cut < bytes.length; cut++) {
      const { records, error } = await readAll(bytes.subarray(0, cut));
      expect(records).toEqual(whole.slice(0, records.length));
      expect([undefined, writableErrors.fileTruncated]).toContain(
        error instanceof WritableError ? error.code : undefined,
      );
    }
  });
});

test("a value that decompresses to more than allowed is damage", async () => {
  const writer = new SequenceFileWriter({
    keyClass: "K",
    valueClass: "V",
    syncMarker: marker,
    compression: "record",
    codec,
  });
  writer.append(Buffer.from("k"), Buffer.alloc(1 << 22));
  const bytes = await writer.finish();
  expect((await readAll(bytes, { bufferBytesMax: 1 << 16 })).error).toMatchObject({
    code: writableErrors.damaged,
  });
  expect((await readAll(bytes, { bufferBytesMax: 1 << 22 })).records).toHaveLength(1);
});

test("a damaged header is an error, also with recovery", async () => {
  await expect(recover(Buffer.from("SEQ\x06\x05ab"))).rejects.toMatchObject({
    code: writableErrors.fileTruncated,
  });
});

test("a file on the disk that is not there", async () => {
  await expect(fileSource("/does/not/exist")).rejects.toMatchObject({ code: "ENOENT" });
});

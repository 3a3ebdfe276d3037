import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import {
  deflateCodec,
  fileSource,
  openSequenceFile,
  SequenceFileWriter,
  type ByteSource,
  type SequenceFileCompression,
} from "../../src/index.ts";
import { chunked, readAll } from "../fixtures.ts";

const marker = Buffer.alloc(16, 0x5a);
const folder = mkdtempSync(join(tmpdir(), "sewer-splits-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function fileOf(
  compression: SequenceFileCompression,
  syncsBefore: readonly number[] = [],
): Promise<Buffer> {
  const writer = new SequenceFileWriter({
    keyClass: "K",
    valueClass: "V",
    syncMarker: marker,
    compression,
    ...(compression !== "none" && { codec: deflateCodec() }),
    syncInterval: 100,
    blockBytes: 60,
  });
  for (let index = 0; index < 30; index++) {
    if (syncsBefore.includes(index)) writer.sync();
    writer.append(Buffer.from(`k${index}`), Buffer.from(`value ${index}`));
  }
  return writer.finish();
}

const sync = Buffer.concat([Buffer.alloc(4, 0xff), marker]);
const headerEnd = (await fileOf("none")).indexOf(marker) + 16;
const plain = await fileOf("none");
const files: [string, Buffer][] = [
  ["none", plain],
  ["record", await fileOf("record")],
  ["block", await fileOf("block")],
  ["none, a sync by hand at once and in between", await fileOf("none", [0, 3, 29])],
  [
    "none, doubled syncs",
    Buffer.concat([plain.subarray(0, headerEnd), sync, sync, plain.subarray(headerEnd), sync, sync]),
  ],
];

async function keysOf(source: ByteSource, start: number, end: number): Promise<string[]> {
  const { records, error } = await readAll(source, { start, end });
  expect(error).toBeUndefined();
  return records.map(({ key }) => key.toString());
}

const all = Array.from({ length: 30 }, (_, index) => `k${index}`);

describe.each(files)("splits of a file: %s", (name, bytes) => {
  const path = join(folder, `${name.length}.seq`);
  writeFileSync(path, bytes);

  test("divided at any one place, each record belongs to one part", async () => {
    for (let cut = 0; cut <= bytes.length + 1; cut++) {
      const parts = [...(await keysOf(bytes, 0, cut)), ...(await keysOf(bytes, cut, Infinity))];
      expect(parts, `cut at ${cut}`).toEqual(all);
    }
  });

  test("divided into any parts, from any source", async () => {
    const sourceOf = [
      () => bytes,
      () => chunked(bytes, [50, 120, 333]),
      () => fileSource(path),
      () => ({ read: (at: number, length: number) => Promise.resolve(bytes.subarray(at, at + length)) }),
    ];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 8 }), fc.nat(3), async (cuts, kind) => {
        const bounds = [0, ...cuts.toSorted((left, right) => left - right), bytes.length];
        const keys: string[] = [];
        for (let index = 1; index < bounds.length; index++) {
          keys.push(...(await keysOf(await sourceOf[kind]!(), bounds[index - 1]!, bounds[index]!)));
        }
        expect(keys).toEqual(all);
      }),
      { numRuns: 100 },
    );
  });
});

describe("sync", () => {
  test("a stream goes forward only, and not once the iteration has begun", async () => {
    const reader = await openSequenceFile(chunked(plain, [10, 100, 200, 300, 400]));
    const second = await reader.sync(headerEnd + 350);
    expect(second).toBeGreaterThanOrEqual(headerEnd + 350);
    await expect(reader.sync(headerEnd)).rejects.toThrow(RangeError);
    for await (const _ of reader) break;
    await expect(reader.sync(second)).rejects.toThrow("begun");
  });

  test("from there on the records are read", async () => {
    const reader = await openSequenceFile(plain);
    const position = await reader.sync(headerEnd + 1);
    const before = (await readAll(plain.subarray(0, position))).records.length;
    const keys: string[] = [];
    for await (const { key } of reader) keys.push(key.toString());
    expect(keys).toEqual(all.slice(before));
  });
});

describe("keysOnly", () => {
  test.each(files)("%s: the same keys, empty values", async (_, bytes) => {
    for (const source of [bytes, chunked(bytes, [60, 61, 300])]) {
      const { records, error } = await readAll(source, { keysOnly: true });
      expect(error).toBeUndefined();
      expect(records.map(({ key }) => key.toString())).toEqual(all);
      expect(records.every(({ value }) => value.length === 0)).toBe(true);
    }
  });

  test("large values are not read", async () => {
    for (const compression of ["none", "block"] as const) {
      const writer = new SequenceFileWriter({
        keyClass: "K",
        valueClass: "V",
        syncMarker: marker,
        compression,
        ...(compression === "block" && { codec: deflateCodec({ level: 0 }) }),
      });
      for (let index = 0; index < 3; index++) writer.append(Buffer.from(`k${index}`), Buffer.alloc(4 << 20));
      const bytes = await writer.finish();
      let bytesRead = 0;
      const source = {
        read: (position: number, length: number) => {
          const part = bytes.subarray(position, position + length);
          bytesRead += part.length;
          return Promise.resolve(part);
        },
      };
      const { records } = await readAll(source, { keysOnly: true });
      expect(records.map(({ key }) => key.toString())).toEqual(["k0", "k1", "k2"]);
      expect(bytesRead).toBeLessThan(3 << 20);
    }
  });
});

import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { nodeFileSystem } from "@sewer/core/node";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { recordsOf } from "@sewer/core";
import { openSpool, readSegment, type SegmentDamage, type SegmentSeal } from "../../src/index.ts";
import { fastFileSystem } from "../support/fast-file-system.ts";
import { append, deliverAll, meta, pathsBelow, sealRecords, temporaryDirectory } from "../support/spool.ts";
import { writerOptions } from "../support/spool.ts";

const seed = Number(process.env["SEWER_TEST_SEED"] ?? 20260101);
const preambleBytes = 2 * (64 + meta.length);

interface Content {
  readonly records: Buffer[];
  readonly frames: number[];
  readonly damage: readonly SegmentDamage[];
  readonly recordsDamaged: number;
  readonly seal: SegmentSeal | undefined;
  readonly meta: string | undefined;
}

async function contentOf(path: string): Promise<Content> {
  const segment = await readSegment(path, { fs: nodeFileSystem });
  const records: Buffer[] = [];
  const frames: number[] = [];
  for await (const frame of segment.frames()) {
    frames.push(frame.position);
    for (const record of recordsOf(frame.payload)) records.push(Buffer.from(record));
  }
  await segment.close();
  const { damage, recordsDamaged, seal } = segment;
  return { records, frames, damage, recordsDamaged, seal, meta: segment.meta?.toString() };
}

/** A sealed segment of frames of two records: the file's bytes and the batch's id. */
async function smallSegment(records: number): Promise<{ id: string; bytes: Buffer; texts: string[] }> {
  const dir = temporaryDirectory();
  const texts = Array.from({ length: records }, (_, i) => `record ${i}`);
  const id = await sealRecords(dir, texts, { bufferBytes: 56 });
  const bytes = await readFile(join(dir, "w", id.slice(0, 26), `${id}.seal`));
  return { id, bytes, texts };
}

/** Puts a file into the directory of a writer that is gone. @returns the new spool's directory. */
async function spoolWith(id: string, ending: string, bytes: Uint8Array): Promise<string> {
  const dir = temporaryDirectory();
  await mkdir(join(dir, "w", id.slice(0, 26)), { recursive: true });
  await writeFile(join(dir, "w", id.slice(0, 26), id + ending), bytes);
  return dir;
}

describe("a segment", () => {
  it("gives back any records in any frames", async () => {
    const record = fc.oneof(
      { weight: 8, arbitrary: fc.uint8Array({ maxLength: 300 }) },
      fc.integer({ min: 0, max: 5000 }).map((length) => new Uint8Array(length).fill(length)),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 40, max: 3000 }),
        async (records, bufferBytes) => {
          const dir = temporaryDirectory();
          const id = await sealRecords(dir, records, { bufferBytes, poolBytesMax: bufferBytes * 100 });
          const content = await contentOf(join(dir, "w", id.slice(0, 26), `${id}.seal`));
          expect(content.records).toEqual(records.map((bytes) => Buffer.from(bytes)));
          expect(content).toMatchObject({ damage: [], recordsDamaged: 0, meta: meta.toString() });
          expect(content.seal?.recordCount).toBe(records.length);
        },
      ),
      { seed, numRuns: 40 },
    );
  });

  it("cut off at any byte, is recovered with every whole frame", async () => {
    const { id, bytes, texts } = await smallSegment(6);
    const whole = await contentOf(await copyOf(bytes, id));
    const ends = [...whole.frames.slice(1), bytes.length - (32 + 64 + meta.length + 4)];
    const perFrame = texts.length / whole.frames.length;
    for (let length = 0; length <= bytes.length; length++) {
      const dir = await spoolWith(id, ".open", bytes.subarray(0, length));
      const count = ends.filter((end) => end <= length).length * perFrame;
      expect(await deliverAll(dir, { fs: fastFileSystem }), `cut at ${length}`).toEqual(
        texts.slice(0, count),
      );
      // What did not verify is kept as evidence; nothing else is left.
      const left = (await pathsBelow(dir)).filter((path) => !/^receipts|^quarantine\/_spool/.test(path));
      expect(left, `cut at ${length}`).toEqual([]);
    }
  });

  it("loses one frame at most to a flipped byte, and counts it exactly", async () => {
    const { id, bytes, texts } = await smallSegment(8);
    const { frames } = await contentOf(await copyOf(bytes, id));
    const perFrame = texts.length / frames.length;
    for (let position = 0; position < bytes.length; position++) {
      const bad = Buffer.from(bytes);
      bad[position]! ^= 0x40;
      const content = await contentOf(await copyOf(bad, id));
      const isInFrames = position >= preambleBytes && position < bytes.length - (100 + meta.length);
      const lost = isInFrames ? perFrame : 0;
      expect(content.records.length, `flip at ${position}`).toBe(texts.length - lost);
      expect(content.recordsDamaged, `flip at ${position}`).toBe(lost);
      expect(content.meta, `flip at ${position}`).toBe(meta.toString());
    }
  });

  it("delivers what is whole of a damaged segment and accounts for the rest", async () => {
    const { id, bytes, texts } = await smallSegment(8);
    const { frames } = await contentOf(await copyOf(bytes, id));
    const bad = Buffer.from(bytes);
    bad[frames[1]! + 40]! ^= 1;
    for (const ending of [".seal", ".open"]) {
      const dir = await spoolWith(id, ending, bad);
      const perFrame = texts.length / frames.length;
      const expected = texts.filter((_, i) => i < perFrame || i >= 2 * perFrame);
      expect(await deliverAll(dir)).toEqual(expected);
    }
  });

  it("keeps good frames behind a hole, and ignores frames whose records were met already", async () => {
    const { id, bytes, texts } = await smallSegment(8);
    const { frames } = await contentOf(await copyOf(bytes, id));
    const perFrame = texts.length / frames.length;
    const sealAt = bytes.length - (100 + meta.length);
    const holed = Buffer.from(bytes.subarray(0, sealAt));
    holed.fill(0, frames[0], frames[2]);
    // The last frame once more behind everything, as a write that was done twice would leave it.
    const twice = Buffer.concat([holed, holed.subarray(frames.at(-1))]);
    expect(await deliverAll(await spoolWith(id, ".open", twice))).toEqual(texts.slice(2 * perFrame));
  });

  it("gives exactly the frames that no lost, torn or stale sector touched", async () => {
    const dir = temporaryDirectory();
    const records = Array.from({ length: 3000 }, (_, i) => `${i} ${"r".repeat((i * 37) % 151)}`);
    const id = await sealRecords(dir, records, { bufferBytes: 1500 });
    const bytes = await readFile(join(dir, "w", id.slice(0, 26), `${id}.seal`));
    const whole = await contentOf(await copyOf(bytes, id));
    expect(bytes.length).toBeGreaterThan(200_000);
    // What a deleted segment left in the disk's free blocks.
    const stale = (await smallSegment(8)).bytes;
    const sectors = Math.ceil(bytes.length / 512);
    const damage = fc.record({
      // The first sector holds every header; the meta of a file without one and without a seal is gone.
      sector: fc.integer({ min: 1, max: sectors - 1 }),
      count: fc.integer({ min: 1, max: 150 }),
      kind: fc.constantFrom("zeros", "stale", "noise"),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 12 }), async (places) => {
        const bad = Buffer.from(bytes);
        for (const { sector, count, kind } of places) {
          const part = bad.subarray(sector * 512, (sector + count) * 512);
          if (kind === "zeros") part.fill(0);
          else if (kind === "noise") part.fill("SWF1SWSPOOL1");
          else part.fill(stale);
        }
        const content = await contentOf(await copyOf(bad, id));
        const ends = [...whole.frames.slice(1), bytes.length - (100 + meta.length)];
        const intact = whole.frames.filter((from, i) =>
          bad.subarray(from, ends[i]).equals(bytes.subarray(from, ends[i])),
        );
        expect(content.frames).toEqual(intact);
        const numbers = content.records.map((record) => Number(String(record).split(" ")[0]));
        expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
        const { seal: seen } = content;
        expect(content.recordsDamaged).toBe(
          (seen?.recordCount ?? (numbers.at(-1) ?? -1) + 1) - numbers.length,
        );
      }),
      { seed, numRuns: 100 },
    );
  });

  it("is not taken for another of the same bytes", async () => {
    const { id, bytes } = await smallSegment(2);
    const other = `${id.slice(0, -1)}9`;
    const dir = await spoolWith(other, ".open", bytes);
    expect(await deliverAll(dir)).toEqual([]);
    expect(await pathsBelow(dir)).toEqual([
      `quarantine/_spool/${other}.open`,
      `quarantine/_spool/${other}.reason`,
    ]);
  });

  it("can be read under any name, by the id in its header", async () => {
    const { id, bytes, texts } = await smallSegment(2);
    const path = await copyOf(bytes, id);
    await copyFile(path, `${path}.copy`);
    expect((await contentOf(`${path}.copy`)).records.map(String)).toEqual(texts);
    const none = join(temporaryDirectory(), "none");
    await writeFile(none, "no segment at all");
    await expect(contentOf(none)).rejects.toMatchObject({ code: "SEWER_SPOOL_NOT_A_SEGMENT" });
  });

  it("survives hostile bytes", async () => {
    const { id, bytes } = await smallSegment(4);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: bytes.length }),
        fc.uint8Array({ maxLength: 400 }),
        async (position, noise) => {
          const bad = Buffer.concat([bytes.subarray(0, position), noise, bytes.subarray(position)]);
          const content = await contentOf(await copyOf(bad, id));
          expect(content.records.length).toBeLessThanOrEqual(4);
        },
      ),
      { seed, numRuns: 100 },
    );
  });

  it("is found while it is written", async () => {
    const dir = temporaryDirectory();
    const writer = await openSpool(writerOptions(dir, { bufferBytes: 64 }));
    for (let i = 0; i < 10; i++) append(writer, "twenty bytes of text");
    const path = join(dir, "w", writer.incarnation, `${writer.incarnation}-00000001.open`);
    while ((await contentOf(path)).records.length < 8);
    expect((await contentOf(path)).seal).toBeUndefined();
    await writer.close();
  });
});

async function copyOf(bytes: Uint8Array, id: string): Promise<string> {
  const path = join(temporaryDirectory(), `${id}.seal`);
  await writeFile(path, bytes);
  return path;
}

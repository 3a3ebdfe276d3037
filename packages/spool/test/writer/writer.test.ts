import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { nodeFileSystem } from "@sewer/core/node";
import { FaultFileSystem, ManualClock } from "@sewer/testkit";
import { describe, expect, it } from "vitest";
import { openSpool, readSegment, type SpoolWriter } from "../../src/index.ts";
import {
  append,
  meta,
  passTime,
  pathsBelow,
  sealRecords,
  temporaryDirectory,
  until,
  writerOptions,
} from "../support/spool.ts";

const MiB = 1024 * 1024;

async function sealOf(path: string): Promise<{ reason: string; recordCount: number } | undefined> {
  const segment = await readSegment(path, { fs: nodeFileSystem });
  await segment.close();
  return segment.seal;
}

function segmentPath(dir: string, writer: SpoolWriter, sequence: number, ending = "seal"): string {
  const id = `${writer.incarnation}-${String(sequence).padStart(8, "0")}`;
  return join(dir, "w", writer.incarnation, `${id}.${ending}`);
}

describe("SpoolWriter", () => {
  it("numbers records from 1 and reports them durable once committed", async () => {
    const writer = await openSpool(writerOptions(temporaryDirectory()));
    expect(writer.durable).toBe(0);
    const { promise, resolve } = Promise.withResolvers<void>();
    writer.onDurable(resolve);
    expect([append(writer, "a"), append(writer, "b")]).toEqual([1, 2]);
    expect(writer.durable).toBe(2);
    await promise;
    await writer.close();
  });

  it("gives a reservation up when another is made", async () => {
    const dir = temporaryDirectory();
    const writer = await openSpool(writerOptions(dir));
    writer.reserve(100);
    append(writer, "kept");
    await writer.close();
    expect(await sealOf(segmentPath(dir, writer, 1))).toMatchObject({ recordCount: 1, reason: "stop" });
  });

  it("refuses a commit that is larger than its reservation", async () => {
    const writer = await openSpool(writerOptions(temporaryDirectory()));
    writer.reserve(3);
    expect(() => writer.commit(4)).toThrow(/reservation/);
    append(writer, "x");
    expect(() => writer.commit(0)).toThrow(/reservation/);
    await writer.close();
  });

  it("asks for the meta once a segment, when its first record is committed", async () => {
    const clock = new ManualClock();
    const asked: string[] = [];
    const options = writerOptions(temporaryDirectory(), {
      clock,
      meta: ({ batchId, createdMs }) => {
        asked.push(`${batchId.slice(-8)} ${createdMs}`);
        return meta;
      },
    });
    const writer = await openSpool(options);
    clock.advance(5000);
    expect(asked).toEqual([]);
    append(writer, "a");
    append(writer, "b");
    await writer.roll();
    append(writer, "c");
    const start = Date.UTC(2026, 0, 1) + 5000;
    expect(asked).toEqual([`00000001 ${start}`, `00000002 ${start}`]);
    await writer.close();
  });

  it("writes after at most 10 ms, nothing before a record came", async () => {
    const dir = temporaryDirectory();
    const clock = new ManualClock();
    const writer = await openSpool(writerOptions(dir, { clock }));
    const open = segmentPath(dir, writer, 1, "open");
    // The next measurement and the next look at the disk's free space.
    await until(() => clock.pending === 2);
    clock.advance(9_000);
    await until(() => clock.pending === 2);
    expect((await stat(open)).size).toBe(0);
    append(writer, "a");
    clock.advance(10);
    await until(() => clock.pending > 3);
    expect((await stat(open)).size).toBe(2 * (64 + meta.length) + 32 + 5);
    await writer.close();
  });

  it("gives a frame 10 ms of its own when it begins in those of a full one", async () => {
    const dir = temporaryDirectory();
    const clock = new ManualClock();
    const writer = await openSpool(writerOptions(dir, { clock, bufferBytes: 1024 }));
    append(writer, "a".repeat(900));
    clock.advance(6);
    append(writer, "b".repeat(900));
    await until(() => writer.statistics.unwritten.records === 1);
    clock.advance(9);
    await new Promise((resolve) => setImmediate(resolve));
    append(writer, "c");
    clock.advance(1);
    await until(() => writer.statistics.unwritten.records === 0);
    append(writer, "d");
    await writer.close();
    const segment = await readSegment(segmentPath(dir, writer, 1), { fs: nodeFileSystem });
    const frames: number[] = [];
    for await (const frame of segment.frames()) frames.push(frame.recordCount);
    await segment.close();
    expect(frames).toEqual([1, 2, 1]);
  });

  it("seals by age, counted from the first record", async () => {
    const dir = temporaryDirectory();
    const clock = new ManualClock();
    const writer = await openSpool(writerOptions(dir, { clock, rollEveryMs: 30_000 }));
    const { promise, resolve } = Promise.withResolvers<unknown>();
    writer.onSeal(resolve);
    clock.advance(100_000);
    append(writer, "a");
    clock.advance(29_999);
    expect(writer.statistics.segmentsSealed).toBe(0);
    clock.advance(1);
    expect(await promise).toEqual({ batchId: `${writer.incarnation}-00000001`, records: 1 });
    expect(await sealOf(segmentPath(dir, writer, 1))).toMatchObject({ reason: "age", recordCount: 1 });
    await writer.close();
  });

  it("seals on even boundaries when aligned", async () => {
    const clock = new ManualClock(Date.UTC(2026, 0, 1, 12, 29, 50));
    const options = { clock, rollEveryMs: 1_800_000, rollAlign: true };
    const writer = await openSpool(writerOptions(temporaryDirectory(), options));
    const { promise, resolve } = Promise.withResolvers<unknown>();
    writer.onSeal(resolve);
    append(writer, "a");
    clock.advance(10_000);
    expect(await promise).toMatchObject({ records: 1 });
    await writer.close();
  });

  it("seals by size, passing it by one record at most", async () => {
    const dir = temporaryDirectory();
    const writer = await openSpool(writerOptions(dir, { rollBytes: 100_000 }));
    for (let i = 0; i < 550; i++) append(writer, Buffer.alloc(1000, i));
    await writer.close();
    const names = (await readdir(join(dir, "w", writer.incarnation))).filter((name) =>
      name.endsWith(".seal"),
    );
    expect(names.length).toBe(6);
    expect(await sealOf(segmentPath(dir, writer, 1))).toMatchObject({ reason: "size" });
    const { size } = await stat(segmentPath(dir, writer, 1));
    expect(size).toBeGreaterThanOrEqual(100_000);
    expect(size).toBeLessThan(101_100);
    expect(writer.statistics).toMatchObject({ recordsAppended: 550, recordsSealed: 550, recordsLost: 0 });
  });

  it("leaves no file of a segment without records", async () => {
    const dir = temporaryDirectory();
    const writer = await openSpool(writerOptions(dir));
    await writer.roll();
    await writer.close();
    expect(await pathsBelow(dir)).toEqual([]);
  });

  it("writes a record larger than a buffer as a frame of its own", async () => {
    const dir = temporaryDirectory();
    const large = Buffer.alloc(16 * MiB, 7);
    const id = await sealRecords(dir, ["before", large, "after"]);
    const path = join(dir, "w", id.slice(0, 26), `${id}.seal`);
    const segment = await readSegment(path, { fs: nodeFileSystem });
    const frames: number[] = [];
    for await (const frame of segment.frames()) frames.push(frame.payload.length);
    expect(frames).toEqual([10, 16 * MiB + 4, 9]);
    await segment.close();
  });

  it("says wait when every buffer is under way, and calls back when one is free", async () => {
    const options = { bufferBytes: 1024, poolBytesMax: 2048 };
    const writer = await openSpool(writerOptions(temporaryDirectory(), options));
    while (writer.reserve(900) !== "wait") writer.commit(900);
    expect(writer.statistics.waits).toBe(1);
    const { promise, resolve } = Promise.withResolvers<void>();
    writer.onRoom(resolve);
    await promise;
    expect(writer.reserve(900)).toBeTypeOf("object");
    await writer.close();
  });

  it("says wait until a quarter of the buffers is free, so that not every record waits for a buffer", async () => {
    const options = { bufferBytes: 1024, poolBytesMax: 8192 };
    const writer = await openSpool(writerOptions(temporaryDirectory(), options));
    const fill = (): number => {
      let taken = 0;
      for (; writer.reserve(900) !== "wait"; taken += 1) writer.commit(900);
      return taken;
    };
    expect(fill()).toBe(8);
    for (let round = 0; round < 3; round += 1) {
      const { promise, resolve } = Promise.withResolvers<number>();
      // At once, before the next write has ended.
      const stop = writer.onRoom(() => resolve(fill()));
      expect(await promise).toBe(2);
      stop();
    }
    await writer.close();
  });

  it("allows one oversize record in memory at a time", async () => {
    const options = { bufferBytes: 1024, poolBytesMax: 2048 };
    const writer = await openSpool(writerOptions(temporaryDirectory(), options));
    append(writer, Buffer.alloc(5000));
    expect(writer.reserve(5000)).toBe("wait");
    await writer.close();
  });

  it("says full when maxBytes would be passed, and takes records again after space was freed", async () => {
    const dir = temporaryDirectory();
    const clock = new ManualClock();
    const writer = await openSpool(writerOptions(dir, { clock, maxBytes: 10_000 }));
    let appended = 0;
    while (writer.reserve(1000) !== "full") appended = writer.commit(1000);
    expect(appended).toBe(9);
    expect(writer.statistics.refused).toEqual({ budget: 1, floor: 0, disk: 0, failed: 0 });
    await writer.roll();
    expect(writer.statistics.bytesUsed).toBeLessThanOrEqual(10_000);
    await nodeFileSystem.unlink(segmentPath(dir, writer, 1));
    writer.measure();
    clock.advance(100);
    await until(() => writer.statistics.bytesUsed < 1000);
    append(writer, "again");
    await writer.close();
  });

  it("counts what lay there before to maxBytes, each inode once", async () => {
    const dir = temporaryDirectory();
    const id = await sealRecords(dir, [Buffer.alloc(5000)]);
    const path = join(dir, "w", id.slice(0, 26), `${id}.seal`);
    for (const sink of ["a", "b"]) {
      await nodeFileSystem.mkdir(join(dir, "q", sink));
      await nodeFileSystem.link(path, join(dir, "q", sink, `${id}.seal`));
    }
    const writer = await openSpool(writerOptions(dir));
    expect(writer.statistics.bytesUsed).toBe((await stat(path)).size);
    await writer.close();
  });

  it("syncs once an interval at level interval, never before the seal at level memory", async () => {
    for (const durability of ["interval", "memory"] as const) {
      const clock = new ManualClock();
      const fs = new FaultFileSystem();
      const writer = await openSpool(writerOptions(temporaryDirectory(), { clock, fs, durability }));
      const syncs = (): number => fs.calls.filter(({ operation }) => operation === "datasync").length;
      const writes = (): number => fs.calls.filter(({ operation }) => operation === "write").length;
      append(writer, "a");
      clock.advance(10);
      await until(() => writes() === 2);
      expect(syncs()).toBe(0);
      const end = clock.monotonic() + 20_000;
      await passTime(clock, () => clock.monotonic() >= end, fs);
      expect(syncs()).toBe(durability === "interval" ? 1 : 0);
      await writer.close();
      expect(writer.statistics.recordsSynced).toBe(1);
      expect(syncs()).toBe(durability === "interval" ? 2 : 1);
    }
  });

  it("makes files for nobody else", async () => {
    const dir = join(temporaryDirectory(), "deep", "spool");
    const writer = await openSpool(writerOptions(dir));
    append(writer, "a");
    await writer.roll();
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
    expect((await stat(join(dir, "w", writer.incarnation))).mode & 0o777).toBe(0o700);
    expect((await stat(segmentPath(dir, writer, 1))).mode & 0o777).toBe(0o600);
    expect((await stat(join(dir, "w", writer.incarnation, "LOCK"))).mode & 0o777).toBe(0o600);
    await writer.close();
  });

  it("says what to do when the directory is none", async () => {
    const file = join(temporaryDirectory(), "file");
    await (await nodeFileSystem.open(file, "create-new")).close();
    await expect(openSpool(writerOptions(file))).rejects.toMatchObject({
      code: "SEWER_SPOOL_NOT_WRITABLE",
      message: expect.stringContaining(file),
    });
  });

  it("makes the next segment's file ahead, its name durable", async () => {
    const fs = new FaultFileSystem();
    const dir = temporaryDirectory();
    const writer = await openSpool(writerOptions(dir, { fs }));
    append(writer, "a");
    await writer.roll();
    const next = segmentPath(dir, writer, 2, "open");
    const folder = join(dir, "w", writer.incarnation);
    const madeAt = (): number =>
      fs.calls.findIndex(({ operation, path }) => operation === "open" && path === next);
    await until(() => {
      const after = madeAt() > 0 ? fs.calls.slice(madeAt()) : [];
      return after.some(({ operation }) => operation === "syncDirectory");
    });
    // The close of the sealed segment's file may come in between.
    expect(fs.calls.slice(madeAt() + 1)).toContainEqual({ operation: "syncDirectory", path: folder });
    await writer.close();
  });
});

import { join } from "node:path";
import { FaultFileSystem, ManualClock } from "@sewer/testkit";
import { describe, expect, it } from "vitest";
import { openSpool, readSegment, type SpoolWriter, type SpoolWriterOptions } from "../../src/index.ts";
import { append, deliverAll, passTime, temporaryDirectory, writerOptions } from "../support/spool.ts";

interface Scene {
  readonly dir: string;
  readonly fs: FaultFileSystem;
  readonly clock: ManualClock;
  readonly writer: SpoolWriter;
}

async function scene(more: Partial<SpoolWriterOptions> = {}): Promise<Scene> {
  const dir = temporaryDirectory();
  const fs = new FaultFileSystem();
  const clock = new ManualClock();
  return { dir, fs, clock, writer: await openSpool(writerOptions(dir, { fs, clock, ...more })) };
}

async function closed({ writer, clock, fs }: Scene): Promise<unknown> {
  let end: { error?: unknown } | undefined;
  writer.close().then(
    () => (end = {}),
    (error: unknown) => (end = { error }),
  );
  await passTime(clock, () => end !== undefined, fs);
  return end?.error;
}

describe("a disk that fails", () => {
  it("completes short writes", async () => {
    const one = await scene();
    one.fs.judge = (operation) => (operation === "write" ? { shortTo: 7 } : undefined);
    for (let i = 0; i < 20; i++) append(one.writer, `record ${i}`);
    expect(await closed(one)).toBeUndefined();
    expect((await deliverAll(one.dir)).length).toBe(20);
  });

  it("does a failed write again at the same place until it succeeds", async () => {
    const one = await scene();
    let left = 5;
    one.fs.judge = (operation) => {
      if (operation !== "write" || left-- <= 0) return undefined;
      return { code: "ENOSPC" };
    };
    append(one.writer, "a");
    await passTime(one.clock, () => one.writer.statistics.recordsSynced === 1, one.fs);
    expect(one.writer.statistics.writeErrors).toBe(5);
    append(one.writer, "b");
    expect(await closed(one)).toBeUndefined();
    const id = `${one.writer.incarnation}-00000001`;
    const segment = await readSegment(join(one.dir, "w", one.writer.incarnation, `${id}.seal`), {
      fs: one.fs,
    });
    for await (const frame of segment.frames()) expect(frame.recordCount).toBe(1);
    expect(segment.damage).toEqual([]);
    await segment.close();
    expect(await deliverAll(one.dir)).toEqual(["a", "b"]);
  });

  it("says full as soon as the disk refuses, though buffers are free, until it takes writes again", async () => {
    const one = await scene();
    one.fs.judge = (operation) => (operation === "write" ? { code: "ENOSPC" } : undefined);
    append(one.writer, "a");
    await passTime(one.clock, () => one.writer.statistics.writeErrors > 0, one.fs);
    expect(one.writer.reserve(10)).toBe("full");
    expect(one.writer.statistics.refused.disk).toBe(1);
    one.fs.judge = () => undefined;
    await passTime(one.clock, () => typeof one.writer.reserve(10) === "object", one.fs);
    append(one.writer, "b");
    expect(await closed(one)).toBeUndefined();
    expect(await deliverAll(one.dir)).toEqual(["a", "b"]);
  });

  it("tells who waits for a buffer once the disk refuses, and then says full, not wait", async () => {
    const one = await scene({ bufferBytes: 1024, poolBytesMax: 2048 });
    one.fs.judge = (operation) => (operation === "write" ? { code: "ENOSPC" } : undefined);
    while (typeof one.writer.reserve(900) === "object") one.writer.commit(900);
    expect(one.writer.reserve(900)).toBe("wait");
    let isTold = false;
    one.writer.onRoom(() => (isTold = true));
    await passTime(one.clock, () => isTold, one.fs);
    expect(one.writer.reserve(900)).toBe("full");
    one.fs.judge = () => undefined;
    await passTime(one.clock, () => typeof one.writer.reserve(900) === "object", one.fs);
    expect(await closed(one)).toBeUndefined();
  });

  it("gives up at close after its time, saying how many records are lost", async () => {
    const one = await scene();
    append(one.writer, "a");
    append(one.writer, "b");
    one.fs.judge = (operation) => (operation === "write" ? { code: "EIO" } : undefined);
    expect(await closed(one)).toMatchObject({ code: "SEWER_SPOOL_NOT_WRITTEN", context: { records: 2 } });
    expect(one.writer.statistics.recordsLost).toBe(2);
  });

  it("never syncs a handle again whose sync failed: seals it as suspect and goes on in a new segment", async () => {
    const one = await scene();
    const failedAt: number[] = [];
    one.fs.judge = (operation, _path, call) => {
      if (operation !== "datasync" || failedAt.length > 0) return undefined;
      failedAt.push(call);
      return { code: "EIO" };
    };
    append(one.writer, "a");
    await passTime(one.clock, () => one.writer.statistics.segmentsSealed === 1, one.fs);
    append(one.writer, "b");
    expect(await closed(one)).toBeUndefined();
    const { calls } = one.fs;
    const path = calls[failedAt[0]! - 1]!.path;
    const later = calls.slice(failedAt[0]).filter((call) => call.path === path);
    expect(later.slice(0, 3).map(({ operation }) => operation)).toEqual(["close", "open", "write"]);
    expect(one.writer.statistics).toMatchObject({ syncErrors: 1, segmentsSealed: 2, recordsLost: 0 });
    expect(await deliverAll(one.dir)).toEqual(["a", "b"]);
  });

  it("fails for good when two syncs fail in a row, and leaves what it wrote for the next start", async () => {
    const one = await scene();
    const failures: string[] = [];
    one.writer.onFailure((error) => failures.push(error.code));
    one.fs.judge = (operation) => (operation === "datasync" ? { code: "EIO" } : undefined);
    append(one.writer, "a");
    await passTime(one.clock, () => failures.length > 0, one.fs);
    expect(failures).toEqual(["SEWER_SPOOL_FAILED"]);
    expect(one.writer.reserve(1)).toBe("full");
    expect(one.writer.statistics.refused.failed).toBe(1);
    expect(await closed(one)).toBeUndefined();
    expect(await deliverAll(one.dir)).toEqual(["a"]);
  });

  it("leaves a segment open whose rename fails for long, and the next start recovers it", async () => {
    const one = await scene();
    append(one.writer, "a");
    one.fs.judge = (operation) => (operation === "rename" ? { code: "EIO" } : undefined);
    expect(await closed(one)).toBeUndefined();
    expect(one.writer.statistics).toMatchObject({ segmentsSealed: 0, segmentsLeftOpen: 1 });
    expect(await deliverAll(one.dir)).toEqual(["a"]);
  });
});

import type { FileSystem } from "@sewer/core";
import { FaultFileSystem, ManualClock } from "@sewer/testkit";
import { describe, expect, it } from "vitest";
import { openSpool, type SpoolWriter, type SpoolWriterOptions } from "../../src/index.ts";
import { append, deliverAll, passTime, temporaryDirectory, until, writerOptions } from "../support/spool.ts";

const mebibyte = 1024 ** 2;

/** A file system on a disk whose free space a test decides about. */
class SizedDisk extends FaultFileSystem {
  freeBytes = 1024 ** 4;
  totalBytes = 1024 ** 4;

  override async space(path: string): ReturnType<FileSystem["space"]> {
    await super.space(path);
    const { freeBytes, totalBytes } = this;
    return { freeBytes, totalBytes };
  }

  get checks(): number {
    return this.calls.filter(({ operation }) => operation === "space").length;
  }
}

interface Scene {
  readonly dir: string;
  readonly fs: SizedDisk;
  readonly clock: ManualClock;
  readonly writer: SpoolWriter;
}

async function scene(
  disk: { freeBytes: number; totalBytes?: number },
  more: Partial<SpoolWriterOptions> = {},
): Promise<Scene> {
  const dir = temporaryDirectory();
  const fs = Object.assign(new SizedDisk(), disk);
  const clock = new ManualClock();
  return { dir, fs, clock, writer: await openSpool(writerOptions(dir, { fs, clock, ...more })) };
}

/** Frees space and waits until the writer has looked. */
async function makeRoom({ fs, clock }: Scene, freeBytes: number): Promise<void> {
  fs.freeBytes = freeBytes;
  const { checks } = fs;
  clock.advance(1000);
  await until(() => fs.checks > checks && fs.underWay === 0);
}

async function closed({ writer, clock, fs }: Scene): Promise<void> {
  let isDone = false;
  const end = writer.close().finally(() => (isDone = true));
  await Promise.all([end, passTime(clock, () => isDone, fs)]);
}

describe("the free space that the disk keeps", () => {
  it("says full while less than that would be left, and goes on by itself when there is room", async () => {
    const one = await scene({ freeBytes: 10 * mebibyte }, { minFreeBytes: 10 * mebibyte });
    expect(one.writer.reserve(10)).toBe("full");
    expect(one.writer.statistics).toMatchObject({ refused: { floor: 1 }, bytesFree: 10 * mebibyte });
    await makeRoom(one, 11 * mebibyte);
    append(one.writer, "a");
    await makeRoom(one, 9 * mebibyte);
    expect(one.writer.reserve(10)).toBe("full");
    await closed(one);
    expect(await deliverAll(one.dir)).toEqual(["a"]);
  });

  it("a probe of a full spool counts no refusal", async () => {
    const one = await scene({ freeBytes: mebibyte + 100 }, { minFreeBytes: mebibyte });
    expect(one.writer.isFull).toBe(false);
    // A record as large as the last is what the next will be: a byte would still fit.
    expect(one.writer.reserve(101)).toBe("full");
    expect(one.writer.isFull).toBe(true);
    expect(one.writer.statistics.obstacle).toBe("floor");
    expect(one.writer.statistics.refused).toEqual({ budget: 0, floor: 1, disk: 0, failed: 0 });
    await makeRoom(one, 2 * mebibyte);
    expect(one.writer.isFull).toBe(false);
    expect(one.writer.statistics.obstacle).toBeUndefined();
    await closed(one);
    expect(one.writer.isFull).toBe(true);
    expect(one.writer.statistics.refused).toEqual({ budget: 0, floor: 1, disk: 0, failed: 0 });
  });

  it("counts what is committed between two looks", async () => {
    const one = await scene({ freeBytes: mebibyte + 10_000 }, { minFreeBytes: mebibyte });
    let appended = 0;
    while (typeof one.writer.reserve(1000) === "object") appended = one.writer.commit(1000);
    expect(appended).toBe(10);
    await closed(one);
  });

  it.each([
    ["1 GiB of a large disk", 100 * 1024 ** 3, 1024 ** 3],
    ["5 % of a small one", 100 * mebibyte, 5 * mebibyte],
  ])("is by default %s", async (_, totalBytes, floor) => {
    const one = await scene({ freeBytes: floor, totalBytes }, { minFreeBytes: undefined });
    expect(one.writer.reserve(10)).toBe("full");
    await makeRoom(one, floor + 10_000);
    expect(typeof one.writer.reserve(10)).toBe("object");
    await closed(one);
  });

  it("is not kept while the system does not tell what is free", async () => {
    const one = await scene({ freeBytes: 0 }, { minFreeBytes: mebibyte });
    one.fs.judge = (operation) => (operation === "space" ? { code: "ENOSYS" } : undefined);
    await makeRoom(one, 0);
    append(one.writer, "a");
    expect(one.writer.statistics.bytesFree).toBeUndefined();
    await closed(one);
  });
});

describe("onFull block", () => {
  it("says wait at the budget, and tells when there is room", async () => {
    const one = await scene({ freeBytes: 1024 ** 4 }, { onFull: "block", maxBytes: 10 });
    expect(one.writer.reserve(1000)).toBe("wait");
    expect(one.writer.isFull).toBe(false);
    expect(one.writer.statistics).toMatchObject({ waits: 1, refused: { budget: 0 } });
    await closed(one);
  });

  it("says wait at the floor, and tells when there is room", async () => {
    const one = await scene({ freeBytes: 0 }, { onFull: "block", minFreeBytes: mebibyte });
    let isTold = false;
    one.writer.onRoom(() => (isTold = true));
    expect(one.writer.reserve(10)).toBe("wait");
    await makeRoom(one, 2 * mebibyte);
    expect(isTold).toBe(true);
    append(one.writer, "a");
    await closed(one);
  });

  it("says wait while the disk refuses writes, and full once the spool has failed", async () => {
    const one = await scene({ freeBytes: 1024 ** 4 }, { onFull: "block", fsyncIntervalMs: 100 });
    one.fs.judge = (operation) => (operation === "write" ? { code: "ENOSPC" } : undefined);
    append(one.writer, "a");
    await passTime(one.clock, () => one.writer.statistics.writeErrors > 0, one.fs);
    let isTold = false;
    one.writer.onRoom(() => (isTold = true));
    expect(one.writer.reserve(10)).toBe("wait");
    one.fs.judge = (operation) => (operation === "datasync" ? { code: "EIO" } : undefined);
    await passTime(one.clock, () => isTold, one.fs);
    await passTime(one.clock, () => one.writer.reserve(10) === "full", one.fs);
    expect(one.writer.statistics.refused.failed).toBeGreaterThan(0);
    await closed(one);
  });
});

import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { recordsOf } from "@sewer/core";
import { nodeFileSystem } from "@sewer/core/node";
import { FaultFileSystem } from "@sewer/testkit";
import { describe, expect, it } from "vitest";
import { exportBatch, openDrain, readSegment } from "../../src/index.ts";
import { fastFileSystem } from "../support/fast-file-system.ts";
import { drainOptions, sealRecords, temporaryDirectory } from "../support/spool.ts";

/** A sealed segment of 3 MB. */
async function segment(): Promise<{ dir: string; path: string; name: string }> {
  const dir = temporaryDirectory();
  const id = await sealRecords(dir, ["a".repeat(1_500_000), "b".repeat(1_500_000)], { fs: fastFileSystem });
  const name = `${id}.seal`;
  return { dir, path: join(dir, "w", id.slice(0, 26), name), name };
}

describe("exportBatch", () => {
  it("copies a segment under its name, as it is, and readable by itself", async () => {
    const { path, name } = await segment();
    const target = temporaryDirectory();
    const copy = await exportBatch(path, target, { fs: nodeFileSystem });
    expect(copy).toBe(join(target, name));
    expect(await readdir(target)).toEqual([name]);
    expect((await readFile(copy)).equals(await readFile(path))).toBe(true);
    expect((await nodeFileSystem.stat(copy)).inode).not.toBe((await nodeFileSystem.stat(path)).inode);
    const reader = await readSegment(copy, { fs: nodeFileSystem });
    const lengths: number[] = [];
    for await (const frame of reader.frames()) {
      for (const record of recordsOf(frame.payload)) lengths.push(record.length);
    }
    await reader.close();
    expect(lengths).toEqual([1_500_000, 1_500_000]);
  });

  it("syncs the bytes before the name, and the name before it settles", async () => {
    const { path, name } = await segment();
    const target = temporaryDirectory();
    const fs = new FaultFileSystem();
    await exportBatch(path, target, { fs });
    const steps = fs.calls.map(
      ({ operation, path: where }) => `${operation} ${where.slice(target.length + 1)}`,
    );
    const part = `.${name}.part`;
    const order = [
      steps.lastIndexOf(`write ${part}`),
      steps.indexOf(`datasync ${part}`),
      steps.indexOf(`rename ${name}`),
    ];
    expect(order.every((place) => place >= 0)).toBe(true);
    expect([...order].sort((a, b) => a - b)).toEqual(order);
    expect(steps.at(-1)).toBe("syncDirectory ");
  });

  it("overwrites nothing", async () => {
    const { path, name } = await segment();
    const target = temporaryDirectory();
    await writeFile(join(target, name), "mine");
    await expect(exportBatch(path, target, { fs: nodeFileSystem })).rejects.toMatchObject({
      code: "SEWER_SPOOL_EXPORT",
      message: expect.stringContaining("there is a file of this name"),
    });
    expect(await readFile(join(target, name), "utf8")).toBe("mine");
  });

  it("does not even open what is no segment by its name: a lock least of all", async () => {
    const { dir } = await segment();
    const drain = await openDrain(drainOptions(dir));
    const fs = new FaultFileSystem();
    await expect(exportBatch(join(dir, "DRAIN"), temporaryDirectory(), { fs })).rejects.toMatchObject({
      code: "SEWER_SPOOL_NOT_A_SEGMENT",
    });
    expect(fs.calls).toEqual([]);
    await drain.close();
  });

  it("dies at any call: the copy is whole or not there, and can be made again", async () => {
    const { path, name } = await segment();
    const whole = await readFile(path);
    for (let k = 1; ; k++) {
      const target = temporaryDirectory();
      const fs = new FaultFileSystem(fastFileSystem);
      fs.judge = (_operation, _path, call) => (call >= k ? { code: "EIO" } : undefined);
      const isDone = await exportBatch(path, target, { fs }).then(
        () => true,
        () => false,
      );
      const isThere = (await readdir(target)).includes(name);
      expect(isDone && !isThere).toBe(false);
      if (!isThere) await exportBatch(path, target, { fs: fastFileSystem });
      expect(await readdir(target)).toEqual([name]);
      expect((await readFile(join(target, name))).equals(whole), `died at call ${k}`).toBe(true);
      if (fs.calls.length < k) break;
    }
  });
});

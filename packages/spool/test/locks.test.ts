import { rmSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { nodeFileSystem } from "@sewer/core/node";
import { FaultFileSystem } from "@sewer/testkit";
import { describe, expect, it } from "vitest";
import { openDrain, openSpool, readSegment, sqliteLocks, type LockProvider } from "../src/index.ts";
import { startChild } from "./support/children.ts";
import {
  append,
  batchesOf,
  deliver,
  deliverAll,
  drainOptions,
  temporaryDirectory,
  writerOptions,
} from "./support/spool.ts";

describe("locks", () => {
  it("refuse a second holder, in this process and in another, until the first lets go", async () => {
    const path = join(temporaryDirectory(), "LOCK");
    const lock = sqliteLocks.acquire(path);
    expect(lock).toBeDefined();
    expect(sqliteLocks.acquire(path)).toBeUndefined();
    // The refusal above must not have freed it: closing any handle of the file would.
    const child = startChild("locking-child.ts", path);
    await child.line((line) => line === "refused");
    await child.kill();
    lock!.release();
    lock!.release();
    const again = sqliteLocks.acquire(path);
    expect(again).toBeDefined();
    again!.release();
    expect(await readdir(dirname(path))).toEqual(["LOCK"]);
  });

  it("outlive the garbage collection of what acquire gave, and die with their process", async () => {
    const path = join(temporaryDirectory(), "LOCK");
    const child = startChild("locking-child.ts", path);
    await child.line((line) => line === "holding");
    expect(child.lines).toContain("collected");
    expect(sqliteLocks.acquire(path)).toBeUndefined();
    await child.kill();
    const lock = sqliteLocks.acquire(path);
    expect(lock).toBeDefined();
    lock!.release();
  });

  it("let one drain have a spool: the second is told so, and served after the first was killed", async () => {
    const dir = temporaryDirectory();
    await (await openDrain(drainOptions(dir))).close();
    const child = startChild("locking-child.ts", join(dir, "DRAIN"));
    await child.line((line) => line === "holding");
    await expect(openDrain(drainOptions(dir))).rejects.toMatchObject({
      code: "SEWER_SPOOL_LOCKED",
      message: expect.stringContaining(dir),
    });
    await child.kill();
    const drain = await openDrain(drainOptions(dir));
    await expect(openDrain(drainOptions(dir))).rejects.toMatchObject({ code: "SEWER_SPOOL_LOCKED" });
    await drain.close();
  });

  it("are opened by nobody else: writing, measuring, draining and reading pass them by", async () => {
    const dir = temporaryDirectory();
    const fs = new FaultFileSystem();
    const drain = await openDrain(drainOptions(dir, { fs, adoptEveryMs: 0 }));
    await drain.started;
    const writer = await openSpool(writerOptions(dir, { fs }));
    append(writer, "x");
    await writer.roll();
    drain.poke();
    const { promise, resolve } = Promise.withResolvers<void>();
    drain.onBatch((batch) => void deliver(batch).then(() => resolve()));
    await promise;
    for (const name of await readdir(join(dir, "w", writer.incarnation))) {
      if (!name.endsWith(".open")) continue;
      await (await readSegment(join(dir, "w", writer.incarnation, name), { fs })).close();
    }
    const opened = fs.calls.filter(({ operation }) => operation === "open").map(({ path }) => path);
    expect(opened.length).toBeGreaterThan(3);
    expect(opened.filter((path) => /\/(LOCK|DRAIN)[^/]*$/.test(path))).toEqual([]);
    // And so both are still held.
    for (const path of [join(dir, "DRAIN"), join(dir, "w", writer.incarnation, "LOCK")]) {
      const child = startChild("locking-child.ts", path);
      await child.line((line) => line === "refused");
      await child.kill();
    }
    await writer.close();
    await drain.close();
  });

  it("lost between making a directory and locking it, make a writer take another", async () => {
    const races: readonly ((path: string) => ReturnType<LockProvider["acquire"]>)[] = [
      // The delivery half holds it at this moment.
      () => undefined,
      // It has removed the directory.
      (path) => {
        rmSync(dirname(path), { recursive: true });
        return sqliteLocks.acquire(path);
      },
      // It removes the directory after the lock file was opened.
      (path) => {
        const lock = sqliteLocks.acquire(path);
        rmSync(dirname(path), { recursive: true });
        return lock;
      },
    ];
    for (const race of races) {
      const dir = temporaryDirectory();
      const tried: string[] = [];
      const locks: LockProvider = {
        acquire(path) {
          tried.push(path);
          return tried.length === 1 ? race(path) : sqliteLocks.acquire(path);
        },
      };
      const writer = await openSpool(writerOptions(dir, { locks }));
      expect(tried).toHaveLength(2);
      expect(new Set(tried).size).toBe(2);
      append(writer, "x");
      await writer.close();
      expect(await deliverAll(dir)).toEqual(["x"]);
    }
  });

  it("of directories that cannot be used are reported, not waited for", () => {
    expect(() => sqliteLocks.acquire(join(temporaryDirectory(), "none", "LOCK"))).toThrow(/ENOENT/);
  });
});

describe("a writer that is killed", () => {
  it.each(["interval", "memory"])(
    "level %s: loses nothing that was synced, nothing comes twice",
    async (level) => {
      for (let round = 0; round < 3; round++) {
        const dir = temporaryDirectory();
        const child = startChild("writing-child.ts", dir, level);
        const least = 500 + 700 * round;
        await child.line((line) => syncedIn(line) > least);
        await child.kill();
        const synced = Math.max(...child.lines.map(syncedIn));
        const drain = await openDrain(drainOptions(dir));
        const numbers: number[] = [];
        for (const batch of await batchesOf(drain)) {
          for (const text of await deliver(batch)) numbers.push(Number(text.split(" ")[0]));
        }
        await drain.close();
        expect(numbers).toEqual(numbers.map((_, i) => i));
        expect(numbers.length).toBeGreaterThanOrEqual(synced);
        await expect(Array.fromAsync(nodeFileSystem.readdir(join(dir, "w")))).resolves.toEqual([]);
      }
    },
  );
});

function syncedIn(line: string): number {
  return Number(/^synced (\d+) /.exec(line)?.[1] ?? 0);
}

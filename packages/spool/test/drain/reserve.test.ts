import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { FaultFileSystem, ManualClock } from "@sewer/testkit";
import { describe, expect, it } from "vitest";
import { openDrain } from "../../src/index.ts";
import {
  assertAccounts,
  batchesOf,
  deliver,
  drainOptions,
  receiptsOf,
  sealRecords,
  temporaryDirectory,
  until,
} from "../support/spool.ts";

const reserveBytes = 300_000;

const reserveIn = (dir: string): string => join(dir, "RESERVE");
const sizeOf = (path: string): number => (existsSync(path) ? statSync(path).size : 0);

/** A disk that has room for a receipt or a journal entry only when the reserve has shrunk to `roomAt`. */
class FullDisk extends FaultFileSystem {
  roomAt = 0;

  constructor(dir: string) {
    super();
    this.judge = (operation, path) => {
      const isNote = path.endsWith(".jnl") || path.endsWith(".jsonl");
      const isFull = sizeOf(reserveIn(dir)) > this.roomAt;
      return operation === "write" && isNote && isFull ? { code: "ENOSPC" } : undefined;
    };
  }
}

describe("the reserve", () => {
  it("gives up a part when a note or an acknowledgement finds the disk full, and is filled up later", async () => {
    const dir = temporaryDirectory();
    await sealRecords(dir, ["a"]);
    await sealRecords(dir, ["b"]);
    const fs = new FullDisk(dir);
    const clock = new ManualClock();
    const drain = await openDrain(drainOptions(dir, { fs, clock, reserveBytes }));
    const [first, second] = await batchesOf(drain);
    await until(() => sizeOf(reserveIn(dir)) === reserveBytes && fs.underWay === 0);
    fs.roomAt = reserveBytes - 20_000;
    await first!.note(Buffer.from("x"));
    expect(sizeOf(reserveIn(dir))).toBe(reserveBytes - 2 * 16 * 1024);
    clock.advance(60_000);
    drain.poke();
    await until(() => sizeOf(reserveIn(dir)) === reserveBytes && fs.underWay === 0);
    expect(await Promise.all([deliver(first!), deliver(second!)])).toEqual([["a"], ["b"]]);
    expect((await receiptsOf(dir)).length).toBe(2);
    assertAccounts(drain);
    await drain.close();
  });

  it("is of no help once it is used up: the batch stays, and its acknowledgement can be done again", async () => {
    const dir = temporaryDirectory();
    await sealRecords(dir, ["a"]);
    const fs = new FullDisk(dir);
    const drain = await openDrain(drainOptions(dir, { fs, reserveBytes }));
    const [batch] = await batchesOf(drain);
    await until(() => sizeOf(reserveIn(dir)) === reserveBytes && fs.underWay === 0);
    fs.roomAt = -1;
    await expect(deliver(batch!)).rejects.toMatchObject({ code: "SEWER_SPOOL_NOT_DURABLE" });
    expect(sizeOf(reserveIn(dir))).toBe(0);
    fs.roomAt = 0;
    expect(await deliver(batch!)).toEqual(["a"]);
    assertAccounts(drain);
    await drain.close();
  });

  it("is not written on a disk that has no room for twice as much", async () => {
    const dir = temporaryDirectory();
    const fs = Object.assign(new FaultFileSystem(), {
      space: () => Promise.resolve({ freeBytes: 2 * reserveBytes - 1, totalBytes: 1024 ** 3 }),
    });
    const drain = await openDrain(drainOptions(dir, { fs, reserveBytes }));
    await drain.started;
    await drain.close();
    expect(existsSync(join(dir, "RESERVE"))).toBe(false);
  });
});

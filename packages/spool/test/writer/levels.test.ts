import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FaultFileSystem, ManualClock } from "@sewer/testkit";
import { describe, expect, it } from "vitest";
import { openSpool, type SpoolWriter, type SpoolWriterOptions } from "../../src/index.ts";

import { append, deliverAll, passTime, temporaryDirectory, until, writerOptions } from "../support/spool.ts";
import { SyncedBytes } from "../support/synced-bytes.ts";

interface Scene {
  readonly dir: string;
  readonly faults: FaultFileSystem;
  readonly fs: SyncedBytes;
  readonly clock: ManualClock;
  readonly writer: SpoolWriter;
}

async function scene(
  durability: SpoolWriterOptions["durability"],
  more: Partial<SpoolWriterOptions> = {},
): Promise<Scene> {
  const dir = temporaryDirectory();
  const faults = new FaultFileSystem();
  const fs = new SyncedBytes(faults);
  const clock = new ManualClock();
  const writer = await openSpool(writerOptions(dir, { fs, clock, durability, ...more }));
  return { dir, faults, fs, clock, writer };
}

async function closed({ writer, clock, faults }: Scene): Promise<void> {
  let isDone = false;
  const end = writer.close().finally(() => (isDone = true));
  await Promise.all([end, passTime(clock, () => isDone, faults)]);
}

/** A sync that waits until it is let go. */
function heldSync({ fs }: Scene): { readonly begun: () => boolean; letGo: () => void } {
  const gate = Promise.withResolvers<void>();
  let hasBegun = false;
  fs.beforeSync = () => {
    hasBegun = true;
    fs.beforeSync = () => Promise.resolve();
    return gate.promise;
  };
  return { begun: () => hasBegun, letGo: gate.resolve };
}

const syncs = ({ faults }: Scene): number =>
  faults.calls.filter(({ operation }) => operation === "datasync").length;

describe("level written", () => {
  it("counts a record as durable when its write has returned, at once and without a sync", async () => {
    const one = await scene("written");
    append(one.writer, "first;");
    append(one.writer, "second;");
    expect(one.writer.durable).toBe(0);
    const seen: number[] = [];
    one.writer.onDurable(() => seen.push(one.writer.durable));
    await until(() => one.writer.durable === 2);
    expect(seen).toEqual([2]);
    expect(syncs(one)).toBe(0);
    const directory = join(one.dir, "w", one.writer.incarnation);
    const file = readdirSync(directory).find((name) => name.endsWith("00000001.open"))!;
    expect(readFileSync(join(directory, file)).includes("second;")).toBe(true);
    await closed(one);
  });

  it("syncs once an interval beside that", async () => {
    const one = await scene("written", { fsyncIntervalMs: 1000 });
    append(one.writer, "first;");
    await until(() => one.writer.durable === 1);
    expect(one.writer.statistics.recordsSynced).toBe(0);
    await passTime(one.clock, () => one.writer.statistics.recordsSynced === 1, one.faults);
    expect(syncs(one)).toBe(1);
    await closed(one);
  });

  it("keeps what it acknowledged when a sync fails", async () => {
    const one = await scene("written");
    let failures = 0;
    one.faults.judge = (operation) =>
      operation === "datasync" && failures++ === 0 ? { code: "EIO" } : undefined;
    append(one.writer, "first;");
    await passTime(one.clock, () => one.writer.statistics.segmentsSealed === 1, one.faults);
    append(one.writer, "second;");
    await closed(one);
    expect(one.writer.durable).toBe(2);
    expect(await deliverAll(one.dir)).toEqual(["first;", "second;"]);
  });
});

describe("level group", () => {
  it("counts a record as durable when a sync has covered it; what comes meanwhile shares the next", async () => {
    const one = await scene("group");
    const held = heldSync(one);
    append(one.writer, "first;");
    await until(held.begun);
    for (let i = 0; i < 50; i++) append(one.writer, `later ${i};`);
    expect(one.writer.durable).toBe(0);
    expect(one.fs.holds("first;")).toBe(false);
    const seen: number[] = [];
    one.writer.onDurable(() => seen.push(one.writer.durable));
    held.letGo();
    await until(() => one.writer.durable === 51);
    expect(seen).toEqual([1, 51]);
    expect(syncs(one)).toBe(2);
    expect(one.fs.holds("first;") && one.fs.holds("later 49;")).toBe(true);
    await closed(one);
  });

  it("keeps no more than its bound unsynced: past it a sync comes before the next write", async () => {
    const one = await scene("group", { bufferBytes: 1024, unsyncedBytesMax: 2048 });
    for (let i = 0; i < 20; i++) append(one.writer, Buffer.alloc(900, i));
    await until(() => one.writer.durable === 20);
    expect(syncs(one)).toBeGreaterThanOrEqual(10);
    await closed(one);
  });

  it("goes on when every buffer waits for its sync, an oversize one too", async () => {
    const one = await scene("group", { bufferBytes: 1024, poolBytesMax: 2048 });
    let appended = 0;
    while (appended < 30) {
      const bytes = appended % 3 === 0 ? 3000 : 900;
      if (typeof one.writer.reserve(bytes) === "object") appended = one.writer.commit(bytes);
      else await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => one.writer.durable === 30);
    await closed(one);
    expect(one.writer.statistics.recordsSealed).toBe(30);
  });

  it("never acknowledges a failed sync: what it should have covered is cut off and written again", async () => {
    const one = await scene("group");
    append(one.writer, "first;");
    await until(() => one.writer.durable === 1);
    let failedAt = 0;
    one.faults.judge = (operation, _path, call) => {
      if (operation !== "datasync" || failedAt > 0) return undefined;
      failedAt = call;
      return { code: "EIO" };
    };
    one.writer.onDurable(() => {
      for (const text of ["first;", "second;", "third;"].slice(0, one.writer.durable)) {
        expect(one.fs.holds(text)).toBe(true);
      }
    });
    append(one.writer, "second;");
    await until(() => failedAt > 0);
    expect(one.writer.durable).toBe(1);
    append(one.writer, "third;");
    await until(() => one.writer.durable === 3);
    const { calls } = one.faults;
    const { path } = calls[failedAt - 1]!;
    const steps = calls.slice(failedAt).filter((call) => call.path === path || call.operation === "write");
    const expected = ["close", "open", "truncate", "datasync", "write", "datasync"];
    expect(steps.slice(0, 6).map(({ operation }) => operation)).toEqual(expected);
    expect(steps.slice(0, 6).every((step) => step.path === path)).toBe(true);
    await closed(one);
    expect(one.writer.statistics).toMatchObject({ syncErrors: 1, segmentsSealed: 2, recordsLost: 0 });
    expect(await deliverAll(one.dir)).toEqual(["first;", "second;", "third;"]);
  });

  it("puts the first records of a segment elsewhere when their sync fails, and leaves no file behind", async () => {
    const one = await scene("group");
    let failures = 0;
    one.faults.judge = (operation) =>
      operation === "datasync" && failures++ === 0 ? { code: "EIO" } : undefined;
    append(one.writer, "first;");
    await until(() => one.writer.durable === 1);
    await closed(one);
    expect(one.writer.statistics).toMatchObject({ segmentsSealed: 1, recordsSealed: 1, segmentsLeftOpen: 0 });
    expect(await deliverAll(one.dir)).toEqual(["first;"]);
  });

  it.each([
    ["the sync after that fails too", (operation: string) => operation === "datasync"],
    [
      "the cut fails",
      (operation: string, isFirst: boolean) =>
        operation === "truncate" || (operation === "datasync" && isFirst),
    ],
  ])("fails for good when %s, with nothing acknowledged", async (_, isFailing) => {
    const one = await scene("group");
    append(one.writer, "first;");
    await until(() => one.writer.durable === 1);
    let syncsSeen = 0;
    one.faults.judge = (operation) => {
      if (operation === "datasync") syncsSeen += 1;
      return isFailing(operation, syncsSeen === 1) ? { code: "EIO" } : undefined;
    };
    const failures: string[] = [];
    one.writer.onFailure((error) => failures.push(error.code));
    append(one.writer, "second;");
    await until(() => failures.length > 0);
    expect(failures).toEqual(["SEWER_SPOOL_FAILED"]);
    expect(one.writer.reserve(1)).toBe("full");
    one.faults.judge = () => undefined;
    await closed(one);
    expect(one.writer.durable).toBe(1);
    expect((await deliverAll(one.dir))[0]).toBe("first;");
  });

  it("waits for room when the disk is full right after a failed sync, and fails for good no more", async () => {
    const one = await scene("group");
    append(one.writer, "first;");
    await until(() => one.writer.durable === 1);
    const states: string[] = [];
    one.writer.onFailure((error) => states.push(error.code));
    let isFull = false;
    one.faults.judge = (operation) => {
      if (operation === "datasync" && states.length === 0) {
        states.push("a sync failed");
        isFull = true;
        return { code: "EIO" };
      }
      return operation === "write" && isFull ? { code: "ENOSPC" } : undefined;
    };
    append(one.writer, "second;");
    await passTime(one.clock, () => one.writer.statistics.writeErrors > 2, one.faults);
    expect(one.writer.reserve(1)).toBe("full");
    expect(one.writer.durable).toBe(1);
    isFull = false;
    await passTime(one.clock, () => one.writer.durable === 2, one.faults);
    await closed(one);
    expect(states).toEqual(["a sync failed"]);
    expect(one.writer.statistics).toMatchObject({ segmentsSealed: 2, segmentsLeftOpen: 0 });
    expect(await deliverAll(one.dir)).toEqual(["first;", "second;"]);
  });

  it("makes safe what is written while the disk refuses the next write", async () => {
    const one = await scene("group");
    let writes = 0;
    const held = heldSync(one);
    append(one.writer, "first;");
    await until(held.begun);
    one.faults.judge = (operation) =>
      operation === "write" && ++writes > 1 ? { code: "ENOSPC" } : undefined;
    append(one.writer, Buffer.alloc(200 * 1024, "a"));
    append(one.writer, Buffer.alloc(200 * 1024, "b"));
    held.letGo();
    await passTime(one.clock, () => one.writer.durable === 2, one.faults);
    expect(one.writer.reserve(1)).toBe("full");
    one.faults.judge = () => undefined;
    await passTime(one.clock, () => one.writer.durable === 3, one.faults);
    await closed(one);
    expect((await deliverAll(one.dir)).length).toBe(3);
  });

  it("makes everything safe at close", async () => {
    const one = await scene("group");
    for (let i = 0; i < 10; i++) append(one.writer, `record ${i};`);
    await closed(one);
    expect(one.writer.durable).toBe(10);
    expect((await deliverAll(one.dir)).length).toBe(10);
  });
});

describe("the loss window", () => {
  it("tells what a kill and what a power cut would lose, by records, bytes and age of the oldest", async () => {
    const one = await scene("interval", { fsyncIntervalMs: 1000 });
    append(one.writer, "0123456789");
    append(one.writer, "x");
    one.clock.advance(5);
    const inMemory = { records: 2, bytes: 32 + 4 + 10 + 4 + 1, ageMs: 5 };
    expect(one.writer.statistics).toMatchObject({ unwritten: inMemory, unsynced: inMemory });
    one.clock.advance(5);
    await until(() => one.writer.statistics.unwritten.records === 0);
    const { unwritten, unsynced } = one.writer.statistics;
    expect(unwritten).toEqual({ records: 0, bytes: 0, ageMs: 0 });
    expect(unsynced).toMatchObject({ records: 2, ageMs: 10 });
    expect(unsynced.bytes).toBeGreaterThan(inMemory.bytes);
    await passTime(one.clock, () => one.writer.statistics.recordsSynced === 2, one.faults);
    expect(one.writer.statistics.unsynced).toEqual({ records: 0, bytes: 0, ageMs: 0 });
    await closed(one);
  });

  it("holds at level group what waits for its sync", async () => {
    const one = await scene("group");
    const held = heldSync(one);
    append(one.writer, "first;");
    await until(held.begun);
    append(one.writer, "second;");
    one.clock.advance(7);
    expect(one.writer.statistics.unwritten).toMatchObject({ records: 1, ageMs: 7 });
    expect(one.writer.statistics.unsynced).toMatchObject({ records: 2, ageMs: 7 });
    held.letGo();
    await until(() => one.writer.durable === 2);
    expect(one.writer.statistics.unsynced).toEqual({ records: 0, bytes: 0, ageMs: 0 });
    await closed(one);
  });
});

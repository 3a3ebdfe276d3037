import { stat } from "node:fs/promises";
import { join } from "node:path";
import { silentLogger, type LogFields, type SettleableBatch } from "@sewer/core";
import { FaultFileSystem } from "@sewer/testkit";
import { describe, expect, it } from "vitest";
import { openDrain, openSpool, type Drain, type DropOldestOptions } from "../../src/index.ts";
import { fastFileSystem } from "../support/fast-file-system.ts";
import {
  append,
  assertAccounts,
  batchesOf,
  deliver,
  deliverAll,
  drainOptions,
  pathsBelow,
  receiptsOf,
  sealRecords,
  temporaryDirectory,
  textsOf,
  until,
  writerOptions,
} from "../support/spool.ts";

const twoSinks = Buffer.from('{"sinks":["a","b"]}');
const text = (name: string): string => name.padEnd(1000, ".");
const nameOf = (record: string): string => record.replace(/\.+$/, "");

/** Seals one batch of one record for each name, all of one size. */
async function sealEach(dir: string, names: readonly string[], meta?: Buffer): Promise<string[]> {
  const ids: string[] = [];
  for (const name of names) {
    const more = meta === undefined ? {} : { meta: () => meta };
    ids.push(await sealRecords(dir, [text(name)], { fs: fastFileSystem, ...more }));
  }
  return ids;
}

/** Limits with which dropping ends when batches of this many files' size are left. */
async function keeping(dir: string, batches: number, more: Partial<DropOldestOptions> = {}) {
  const file = (await pathsBelow(dir)).find((path) => path.endsWith(".seal"))!;
  const { size } = await stat(join(dir, file));
  const maxBytes = Math.ceil(((batches + 0.5) * size * 8) / 7);
  return { maxBytes, minFreeBytes: -(2 ** 40), checkEveryMs: 0, withdraw: () => true, ...more };
}

function totalsOf(drain: Drain, sink = "main") {
  return drain.statistics.sinks[sink]!;
}

/** Has the drain look; settles when that look and what it drops is over. */
async function look(drain: Drain, dir: string): Promise<void> {
  drain.poke();
  // What is sealed now is found by the look after that.
  const id = await sealRecords(dir, ["marker"], { meta: () => Buffer.from('{"sinks":["marker"]}') });
  let isFound = false;
  const end = drain.onBatch((batch) => (isFound ||= batch.id === id));
  drain.poke();
  await until(() => isFound);
  end();
}

/** The records that are not delivered and not lost, which a start without limits gives out. */
async function leftIn(dir: string): Promise<string[]> {
  return (await deliverAll(dir)).map(nameOf).filter((name) => name !== "marker");
}

describe("onFull: drop-oldest", () => {
  it("drops the oldest batches and keeps the newest, each lost record written down", async () => {
    const dir = temporaryDirectory();
    const ids = await sealEach(dir, ["1", "2", "3", "4", "5", "6"]);
    const drain = await openDrain(drainOptions(dir, { dropOldest: await keeping(dir, 2) }));
    const given = await batchesOf(drain);
    expect(given).toHaveLength(6);
    drain.poke();
    await until(() => totalsOf(drain).dropped.batches === 4);
    assertAccounts(drain);
    expect(totalsOf(drain)).toMatchObject({
      taken: { batches: 6, records: 6 },
      onDisk: { batches: 2, records: 2 },
      dropped: { batches: 4, records: 4 },
      recordsLost: 4,
    });
    const late = given[0]!.acknowledge({ destination: "/out", records: 1, bytes: 1 });
    await expect(late).rejects.toThrow("settled");
    expect((await deliver(given[5]!)).map(nameOf)).toEqual(["6"]);
    await drain.close();
    const lines = await receiptsOf(dir);
    expect(lines.filter((line) => line["reason"] === "dropped")).toEqual(
      ids.slice(0, 4).map((batch) => ({
        v: 1,
        batch,
        sink: "main",
        lost: 1,
        reason: "dropped",
        time: expect.any(Number) as number,
      })),
    );
    expect(await leftIn(dir)).toEqual(["5"]);
    expect((await pathsBelow(dir)).filter((path) => !path.startsWith("receipts/"))).toEqual([]);
  });

  it("goes by the time of the first record, not by when the writer started", async () => {
    const dir = temporaryDirectory();
    let nowMs = Date.now();
    const clock = { ...drainOptions(dir).clock, now: () => (nowMs += 1) };
    const open = () => openSpool(writerOptions(dir, { clock, fs: fastFileSystem }));
    const early = await open();
    const late = await open();
    for (const name of ["1", "2", "3"]) {
      for (const writer of [early, late]) {
        append(writer, text(`${name}${writer === early ? "e" : "l"}`));
        await writer.roll();
      }
    }
    await early.close();
    await late.close();
    const drain = await openDrain(drainOptions(dir, { dropOldest: await keeping(dir, 3), windowMax: 2 }));
    await batchesOf(drain);
    drain.poke();
    await until(() => totalsOf(drain).dropped.batches === 3);
    assertAccounts(drain);
    await drain.close();
    expect((await leftIn(dir)).sort()).toEqual(["2l", "3e", "3l"]);
  });

  it("drops a batch for all its sinks or for none: one that is being delivered stays", async () => {
    const dir = temporaryDirectory();
    const [busy, , , newest] = await sealEach(dir, ["1", "2", "3", "4"], twoSinks);
    const asked: string[][] = [];
    const withdraw = (batches: readonly SettleableBatch[]): boolean => {
      asked.push(batches.map(({ id, sink }) => `${id} ${sink}`));
      return batches[0]!.id !== busy;
    };
    const drain = await openDrain(drainOptions(dir, { dropOldest: await keeping(dir, 2, { withdraw }) }));
    await batchesOf(drain);
    drain.poke();
    await until(() => totalsOf(drain, "b").dropped.batches === 2);
    assertAccounts(drain);
    expect(asked.slice(0, 3).map((batches) => batches.length)).toEqual([2, 2, 2]);
    await drain.close();
    expect(await leftIn(dir)).toEqual(["1", "4", "1", "4"]);
    expect(asked.flat()).not.toContain(`${newest} a`);
  });

  it("leaves a batch that is on its way to be settled", async () => {
    const dir = temporaryDirectory();
    const [first] = await sealEach(dir, ["1", "2", "3"]);
    const drain = await openDrain(drainOptions(dir, { dropOldest: await keeping(dir, 2) }));
    const batches = await batchesOf(drain);
    // Its receipt is being written while the drain looks.
    const acknowledged = deliver(batches[0]!);
    drain.poke();
    await until(() => totalsOf(drain).dropped.batches > 0);
    await acknowledged;
    await look(drain, dir);
    assertAccounts(drain);
    await drain.close();
    const dropped = (await receiptsOf(dir)).filter((line) => line["reason"] === "dropped");
    expect(dropped.map((line) => line["batch"])).not.toContain(first);
    expect(await leftIn(dir)).toEqual(["3"]);
  });

  it("leaves a batch that may be at its destination already; the sink says which notes mean that", async () => {
    const dir = temporaryDirectory();
    const [, tried] = await sealEach(dir, ["1", "2", "3", "4"]);
    const isUndecided = (_: string, notes: readonly Uint8Array[]): boolean =>
      notes.some((note) => Buffer.from(note).toString() === "verified");
    const dropOldest = await keeping(dir, 1, { isUndecided });
    const drain = await openDrain(drainOptions(dir, { dropOldest }));
    const batches = await batchesOf(drain);
    await batches[0]!.note(Buffer.from("verified"));
    await batches[1]!.note(Buffer.from("temporary name"));
    drain.poke();
    await until(() => totalsOf(drain).dropped.batches === 3);
    // What its attempt has left at the destination can still be cleaned up.
    const kept = await drain.keptJournals("main");
    expect(kept.map(({ id }) => id)).toEqual([tried]);
    await kept[0]!.endJournal();
    assertAccounts(drain);
    await drain.close();
    expect(await leftIn(dir)).toEqual(["1"]);
  });

  it("leaves every batch with a note when nobody knows what notes mean", async () => {
    const dir = temporaryDirectory();
    await sealEach(dir, ["1", "2", "3"]);
    const drain = await openDrain(drainOptions(dir, { dropOldest: await keeping(dir, 1) }));
    await (await batchesOf(drain))[0]!.note(Buffer.from("x"));
    drain.poke();
    await until(() => totalsOf(drain).dropped.batches === 2);
    await drain.close();
    expect(await leftIn(dir)).toEqual(["1"]);
  });

  it("never touches quarantine, nor a batch whose bytes would stay there", async () => {
    const dir = temporaryDirectory();
    await sealEach(dir, ["1", "2", "3", "4"], twoSinks);
    const drain = await openDrain(drainOptions(dir, { dropOldest: await keeping(dir, 2) }));
    const batches = await batchesOf(drain);
    await batches[0]!.quarantine("bad");
    drain.poke();
    await until(() => totalsOf(drain, "b").dropped.batches === 2);
    await look(drain, dir);
    assertAccounts(drain);
    await drain.close();
    expect(await leftIn(dir)).toEqual(["4", "1", "4"]);
    const quarantined = (await pathsBelow(dir)).filter((path) => path.startsWith("quarantine/a/"));
    expect(quarantined).toHaveLength(2);
  });

  it("drops nothing while there is room", async () => {
    const dir = temporaryDirectory();
    await sealEach(dir, ["1", "2", "3"]);
    const drain = await openDrain(drainOptions(dir, { dropOldest: await keeping(dir, 3) }));
    await batchesOf(drain);
    await look(drain, dir);
    expect(totalsOf(drain).dropped.batches).toBe(0);
    await drain.close();
    expect(await leftIn(dir)).toEqual(["1", "2", "3"]);
  });

  it("keeps the floor of the disk, too", async () => {
    const dir = temporaryDirectory();
    await sealEach(dir, ["1", "2", "3", "4"]);
    const { size } = await stat(join(dir, (await pathsBelow(dir))[0]!));
    // Free: the floor and nothing more. A margin of 1/64 of the disk is two batches, and two of it are made.
    const space = { totalBytes: 64 * Math.floor(size * 0.75), freeBytes: 1000 };
    const fs = { ...fastFileSystem, space: () => Promise.resolve(space) };
    const dropOldest = {
      maxBytes: 2 ** 40,
      minFreeBytes: 1000,
      checkEveryMs: 3_600_000,
      withdraw: () => true,
    };
    const drain = await openDrain(drainOptions(dir, { fs, dropOldest }));
    await batchesOf(drain);
    drain.poke();
    await until(() => totalsOf(drain).dropped.batches === 2);
    // The system may take its time to tell what is free: it is not asked again at once.
    await look(drain, dir);
    expect(totalsOf(drain).dropped.batches).toBe(2);
    await drain.close();
    expect(await leftIn(dir)).toEqual(["3", "4"]);
  });

  it("does a bounded part at a time, beyond the window too, and tells it in one line a minute", async () => {
    const dir = temporaryDirectory();
    const writer = await openSpool(writerOptions(dir, { fs: fastFileSystem }));
    for (let i = 0; i < 150; i++) {
      append(writer, text(String(i)));
      await writer.roll();
    }
    await writer.close();
    const lines: { message: string; fields: LogFields }[] = [];
    const error = (fields: LogFields, message: string): void => void lines.push({ fields, message });
    const logger = { ...silentLogger, error };
    const options = { fs: fastFileSystem, windowMax: 10, logger, dropOldest: await keeping(dir, 5) };
    const drain = await openDrain(drainOptions(dir, options));
    const given = new Set((await batchesOf(drain)).map(({ id }) => id));
    expect(given.size).toBe(10);
    drain.poke();
    await until(() => totalsOf(drain).dropped.batches === 145);
    assertAccounts(drain);
    expect(totalsOf(drain)).toMatchObject({ taken: { records: 150 }, recordsLost: 145 });
    expect(lines).toHaveLength(1);
    await drain.close();
    expect(lines.map(({ fields }) => fields["batches"])).toEqual([64, 81]);
    expect(new Set(lines.map(({ message }) => message)).size).toBe(1);
    expect(await leftIn(dir)).toEqual(["145", "146", "147", "148", "149"]);
  });

  it("gives a batch out again when it could not be dropped, and goes on later", async () => {
    const dir = temporaryDirectory();
    const [oldest] = await sealEach(dir, ["1", "2", "3"]);
    const fs = new FaultFileSystem(fastFileSystem);
    let isBroken = true;
    fs.judge = (operation, path) =>
      isBroken && operation === "open" && path.includes("/receipts/") ? { code: "EIO" } : undefined;
    const options = { fs, pollEveryMs: 5, dropOldest: await keeping(dir, 1) };
    const drain = await openDrain(drainOptions(dir, options));
    const given: SettleableBatch[] = [];
    drain.onBatch((batch) => given.push(batch));
    await drain.started;
    await until(() => given.length >= 4);
    expect(given[3]!.id).toBe(oldest);
    expect((await textsOf(given[3]!)).map(nameOf)).toEqual(["1"]);
    isBroken = false;
    await until(() => totalsOf(drain).dropped.batches === 2);
    assertAccounts(drain);
    await drain.close();
    expect(await leftIn(dir)).toEqual(["3"]);
  });

  it("makes room for a writer that refuses: the newest records survive, every record is accounted for", async () => {
    const dir = temporaryDirectory();
    const maxBytes = 60_000;
    const writer = await openSpool(
      writerOptions(dir, { fs: fastFileSystem, maxBytes, rollBytes: 4000, measureEveryMs: 5 }),
    );
    const limits = { maxBytes, minFreeBytes: -(2 ** 40), checkEveryMs: 0, withdraw: () => true };
    const options = { fs: fastFileSystem, pollEveryMs: 5, dropOldest: limits };
    const drain = await openDrain(drainOptions(dir, options));
    drain.onBatch(() => {});
    drain.onFreed(() => writer.measure());
    writer.onSeal(() => drain.poke());
    await drain.started;
    const records = 250;
    for (let i = 0; i < records; i++) {
      const bytes = Buffer.from(text(String(i)));
      await until(() => {
        const room = writer.reserve(bytes.length);
        if (typeof room === "string") return false;
        bytes.copy(room.buffer, room.offset);
        return writer.commit(bytes.length) > 0;
      });
    }
    await writer.close();
    await until(() => drain.statistics.sinks["main"]?.taken.records === records);
    await drain.close();
    assertAccounts(drain);
    const { recordsLost, onDisk } = totalsOf(drain);
    expect(recordsLost).toBeGreaterThan(150);
    const lost = (await receiptsOf(dir)).reduce((sum, line) => sum + Number(line["lost"]), 0);
    expect(lost).toBe(recordsLost);
    const left = await leftIn(dir);
    expect(left).toHaveLength(onDisk.records);
    expect(left).toEqual(Array.from({ length: left.length }, (_, i) => String(recordsLost + i)));
  });
});

describe("a process that dies while it drops", () => {
  it("loses no batch without a line that says so, for each sink by itself", async () => {
    const outcomes = new Set<string>();
    for (let k = 1; ; k++) {
      const dir = temporaryDirectory();
      const ids = await sealEach(dir, ["1", "2", "3"], twoSinks);
      const fs = new FaultFileSystem(fastFileSystem);
      const drain = await openDrain(drainOptions(dir, { fs, dropOldest: await keeping(dir, 1) }));
      const batches = await batchesOf(drain);
      for (const batch of batches.slice(0, 2)) await batch.note(Buffer.from("x"));
      await drain.close();
      // With notes that decide nothing: the journals are there before.
      const dropOldest = await keeping(dir, 1, { isUndecided: () => false });
      let alarms = 0;
      const logger = { ...silentLogger, warn: () => (alarms += 1), error: () => (alarms += 1) };
      const dying = await openDrain(drainOptions(dir, { fs, logger, dropOldest }));
      await batchesOf(dying);
      fs.calls = [];
      fs.judge = (_operation, _path, call) => (call >= k ? { code: "EIO" } : undefined);
      dying.poke();
      await until(() => alarms > 0);
      const calls = fs.calls.length;
      await dying.close();
      const lines = await receiptsOf(dir);
      const next = await openDrain(drainOptions(dir, { fs: fastFileSystem }));
      const left = (await batchesOf(next)).map(({ id, sink }) => `${id} ${sink}`);
      // What is left can be delivered, and its receipt comes after its line, if it has one.
      assertAccounts(next);
      await next.close();
      for (const sink of ["a", "b"]) {
        for (const id of ids) {
          const isLost = lines.some(
            (line) => line["batch"] === id && line["sink"] === sink && line["lost"] === 1,
          );
          const isLeft = left.includes(`${id} ${sink}`);
          outcomes.add(JSON.stringify({ sink, isLost, isLeft }));
          expect(isLost || isLeft, `died at call ${k}: ${id} ${sink}`).toBe(true);
        }
      }
      if (calls < k) break;
    }
    // Lost and still there, lost and gone, not lost: of either sink.
    expect(outcomes.size).toBe(6);
  });

  it("has written every lost line, synced, before done, and done before the segment goes", async () => {
    const dir = temporaryDirectory();
    await sealEach(dir, ["1", "2"], twoSinks);
    const fs = new FaultFileSystem();
    const drain = await openDrain(drainOptions(dir, { fs, dropOldest: await keeping(dir, 1) }));
    await batchesOf(drain);
    fs.calls = [];
    drain.poke();
    await until(() => totalsOf(drain, "b").dropped.batches === 1);
    const changes = new Set(["write", "datasync", "unlink", "syncDirectory"]);
    const steps = fs.calls
      .filter(({ operation }) => changes.has(operation))
      .map(({ operation, path }) => {
        const short = path.slice(dir.length + 1).replace(/[0-9A-Z]{26}-\d{8}/, "B");
        return `${operation} ${short.replace(/\d{4}-\d\d-\d\d/, "DAY")}`;
      });
    const of = (sink: string): string[] => [
      `write q/${sink}/B.jnl`,
      `datasync q/${sink}/B.jnl`,
      `syncDirectory q/${sink}`,
      `unlink q/${sink}/B.seal`,
      `syncDirectory q/${sink}`,
      `unlink q/${sink}/B.jnl`,
    ];
    const begin = steps.indexOf("write receipts/DAY.jsonl");
    expect(steps.slice(begin)).toEqual([
      "write receipts/DAY.jsonl",
      "datasync receipts/DAY.jsonl",
      "syncDirectory receipts",
      ...of("a"),
      ...of("b"),
    ]);
    await drain.close();
  });
});

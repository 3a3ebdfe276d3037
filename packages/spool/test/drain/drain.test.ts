import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Metrics, MetricSample, SettleableBatch } from "@sewer/core";
import { FaultFileSystem, ManualClock } from "@sewer/testkit";
import { describe, expect, it } from "vitest";
import { saltOf } from "../../src/format/crc.ts";
import { openDrain, openSpool, sqliteLocks, type Drain } from "../../src/index.ts";
import { crc32 } from "node:zlib";
import { fastFileSystem } from "../support/fast-file-system.ts";
import {
  append,
  assertAccounts,
  batchesOf,
  deliver,
  deliverAll,
  drainOptions,
  meta,
  passTime,
  pathsBelow,
  receiptsOf,
  sealRecords,
  temporaryDirectory,
  textsOf,
  until,
  writerOptions,
} from "../support/spool.ts";

const twoSinks = Buffer.from('{"sinks":["a","b"]}');

function collect(drain: Drain): SettleableBatch[] {
  const batches: SettleableBatch[] = [];
  drain.onBatch((batch) => batches.push(batch));
  return batches;
}

describe("Drain", () => {
  it("gives a sealed segment out as a batch and deletes it when it is acknowledged", async () => {
    const dir = temporaryDirectory();
    const clock = new ManualClock(Date.UTC(2026, 4, 6, 7));
    const drain = await openDrain(drainOptions(dir, { clock }));
    const batches = collect(drain);
    await drain.started;
    const writer = await openSpool(writerOptions(dir, { clock }));
    append(writer, "a");
    append(writer, "b");
    await writer.roll();
    drain.poke();
    await until(() => batches.length === 1);
    const batch = batches[0]!;
    expect(batch).toMatchObject({
      id: `${writer.incarnation}-00000001`,
      sink: "main",
      origin: "fresh",
      recordCount: 2,
      firstMs: clock.now(),
      lastMs: clock.now(),
      readableCount: undefined,
    });
    expect(await pathsBelow(dir)).toContain(`q/main/${batch.id}.seal`);
    expect(drain.statistics.sinks["main"]).toMatchObject({ onDisk: { batches: 1, records: 2 } });
    assertAccounts(drain);
    expect(await deliver(batch)).toEqual(["a", "b"]);
    expect(batch.readableCount).toBe(2);
    expect(drain.statistics.sinks["main"]).toMatchObject({
      delivered: { batches: 1, records: 2 },
      onDisk: { batches: 0, records: 0, bytes: 0 },
    });
    assertAccounts(drain);
    expect(await receiptsOf(dir)).toEqual([
      {
        v: 1,
        batch: batch.id,
        sink: "main",
        destination: `/out/${batch.id}`,
        records: 2,
        bytes: 1,
        time: clock.now(),
      },
    ]);
    await writer.close();
    await drain.close();
    expect(await pathsBelow(dir)).toEqual(["receipts/2026-05-06.jsonl"]);
    expect((await stat(join(dir, "receipts/2026-05-06.jsonl"))).mode & 0o777).toBe(0o600);
  });

  it("finds what earlier starts left, also what they left open, and removes their directories", async () => {
    const dir = temporaryDirectory();
    const sealed = await sealRecords(dir, ["sealed"]);
    const open = await leaveOpen(dir, ["open 1", "open 2"]);
    const drain = await openDrain(drainOptions(dir));
    const batches = await batchesOf(drain);
    expect(batches.map(({ id, origin }) => [id, origin])).toEqual(
      [sealed, open].sort().map((id) => [id, "recovered"]),
    );
    expect(drain.statistics).toMatchObject({ started: true, segmentsRecovered: 1, tornTails: 0 });
    for (const batch of batches) await deliver(batch);
    assertAccounts(drain);
    await drain.close();
    await expect(stat(join(dir, "w", open.slice(0, 26)))).rejects.toThrow(/ENOENT/);
  });

  it("adopts the directory of a writer that ended while it ran", async () => {
    const dir = temporaryDirectory();
    const clock = new ManualClock();
    const drain = await openDrain(drainOptions(dir, { clock }));
    const batches = collect(drain);
    await drain.started;
    const id = await leaveOpen(dir, ["orphan"]);
    drain.poke();
    clock.advance(29_000);
    drain.poke();
    await until(() => drain.statistics.started);
    expect(batches).toEqual([]);
    clock.advance(1000);
    // A sweep that began before the time was up may still run; the next one takes over.
    while (batches.length === 0) {
      drain.poke();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(batches[0]).toMatchObject({ id, origin: "adopted" });
    expect(drain.statistics.incarnationsAdopted).toBe(1);
    await drain.close();
  });

  it("leaves the open segment of a living writer alone", async () => {
    const dir = temporaryDirectory();
    const writer = await openSpool(writerOptions(dir));
    append(writer, "a");
    expect(await deliverAll(dir)).toEqual([]);
    append(writer, "b");
    await writer.close();
    expect(await deliverAll(dir)).toEqual(["a", "b"]);
  });

  it("gives every sink of a segment its own batch; the bytes go with the last", async () => {
    const dir = temporaryDirectory();
    const id = await sealRecords(dir, ["x"], { meta: () => twoSinks });
    const drain = await openDrain(drainOptions(dir));
    const batches = await batchesOf(drain);
    expect(batches.map(({ sink }) => sink)).toEqual(["a", "b"]);
    await batches[0]!.note(Buffer.from("of a"));
    expect(await batches[1]!.notes()).toEqual([]);
    await deliver(batches[0]!);
    expect(await textsOf(batches[1]!)).toEqual(["x"]);
    expect((await pathsBelow(dir)).filter((path) => path.endsWith(".seal"))).toEqual([`q/b/${id}.seal`]);
    await deliver(batches[1]!);
    assertAccounts(drain);
    await drain.close();
    expect(await receiptsOf(dir)).toHaveLength(2);
  });

  it("keeps notes over a restart, without a torn last one", async () => {
    const dir = temporaryDirectory();
    const id = await sealRecords(dir, ["x"]);
    let drain = await openDrain(drainOptions(dir));
    let batch = (await batchesOf(drain))[0]!;
    await batch.note(Buffer.from("one"));
    await batch.note(Buffer.from("two"));
    await drain.close();
    const journal = join(dir, "q/main", `${id}.jnl`);
    await writeFile(journal, (await readFile(journal)).subarray(0, -1));
    drain = await openDrain(drainOptions(dir));
    batch = (await batchesOf(drain))[0]!;
    expect((await batch.notes()).map(String)).toEqual(["one"]);
    await batch.note(Buffer.from("three"));
    expect((await batch.notes()).map(String)).toEqual(["one", "three"]);
    await deliver(batch);
    await drain.close();
    expect((await pathsBelow(dir)).filter((path) => path.startsWith("q/"))).toEqual([]);
  });

  it("moves a batch with its journal to quarantine, the reason beside it", async () => {
    const dir = temporaryDirectory();
    const id = await sealRecords(dir, ["x", "y"]);
    const drain = await openDrain(drainOptions(dir));
    const batch = (await batchesOf(drain))[0]!;
    await batch.note(Buffer.from("tried"));
    await batch.quarantine("refused for good");
    expect(drain.statistics.sinks["main"]).toMatchObject({ quarantined: { batches: 1, records: 2 } });
    assertAccounts(drain);
    await drain.close();
    expect(await pathsBelow(dir)).toEqual(
      [".jnl", ".reason", ".seal"].map((ending) => `quarantine/main/${id}${ending}`),
    );
    const reason = JSON.parse(await readFile(join(dir, `quarantine/main/${id}.reason`), "utf8")) as object;
    expect(reason).toMatchObject({ v: 1, batch: id, sink: "main", reason: "refused for good", records: 2 });
    expect(await deliverAll(dir)).toEqual([]);
  });

  it("settles a batch once, and refuses a receipt of another size", async () => {
    const dir = temporaryDirectory();
    await sealRecords(dir, ["x", "y"]);
    const drain = await openDrain(drainOptions(dir));
    const batch = (await batchesOf(drain))[0]!;
    const receipt = { destination: "/out", records: 2, bytes: 1 };
    await expect(batch.acknowledge({ ...receipt, records: 1 })).rejects.toMatchObject({
      code: "SEWER_SPOOL_RECEIPT_MISMATCH",
      scope: "batch",
    });
    await batch.acknowledge(receipt);
    await expect(batch.acknowledge(receipt)).rejects.toThrow(/settled/);
    await expect(batch.quarantine("late")).rejects.toThrow(/settled/);
    await drain.close();
  });

  it("takes nothing any more after it closed", async () => {
    const dir = temporaryDirectory();
    await sealRecords(dir, ["x"]);
    const drain = await openDrain(drainOptions(dir));
    const batch = (await batchesOf(drain))[0]!;
    await drain.close();
    await expect(deliver(batch)).rejects.toThrow(/closed/);
    expect(await deliverAll(dir)).toEqual(["x"]);
  });

  it("closes without going through all that waits", async () => {
    const dir = temporaryDirectory();
    const writer = await openSpool(writerOptions(dir, { rollBytes: 1, fs: fastFileSystem }));
    for (let i = 0; i < 20; i++) append(writer, `record ${i}`);
    await writer.close();
    const drain = await openDrain(drainOptions(dir, { fs: fastFileSystem }));
    const batches: SettleableBatch[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    drain.onBatch((batch) => {
      batches.push(batch);
      resolve(drain.close());
    });
    await promise;
    expect(batches).toHaveLength(1);
    expect(drain.statistics.started).toBe(false);
    expect(await deliverAll(dir, { fs: fastFileSystem })).toHaveLength(20);
  });

  it("writes down what of a damaged batch is lost, and counts it", async () => {
    const dir = temporaryDirectory();
    const id = await sealRecords(dir, ["one", "two", "three"], { bufferBytes: 44 });
    const path = join(dir, "w", id.slice(0, 26), `${id}.seal`);
    const bytes = await readFile(path);
    bytes[bytes.indexOf("two")]! ^= 1;
    await writeFile(path, bytes);
    const drain = await openDrain(drainOptions(dir));
    const batch = (await batchesOf(drain))[0]!;
    // A sink that answers from its own memory did not read the batch, and knows what it delivered.
    await batch.acknowledge({ destination: "/out", records: 2, bytes: 1 });
    expect(drain.statistics.sinks["main"]).toMatchObject({ delivered: { records: 2 }, recordsLost: 1 });
    expect(drain.statistics.badFrames).toBe(1);
    assertAccounts(drain);
    expect(await receiptsOf(dir)).toMatchObject([
      { batch: id, records: 2 },
      { batch: id, sink: "main", lost: 1, reason: "damaged" },
    ]);
    await drain.close();
  });

  it("puts what no sink can be given into quarantine/_spool and delivers the others", async () => {
    const dir = temporaryDirectory();
    const metas = ["no JSON", '{"sinks":[]}', '{"sinks":["../../etc"]}', '{"sinks":["_spool"]}'];
    for (const text of metas) await sealRecords(dir, ["x"], { meta: () => Buffer.from(text) });
    const garbage = `${(await sealRecords(temporaryDirectory(), ["x"])).slice(0, -1)}7`;
    await mkdir(join(dir, "w", garbage.slice(0, 26)));
    await writeFile(join(dir, "w", garbage.slice(0, 26), `${garbage}.seal`), Buffer.alloc(5000, 1));
    await sealRecords(dir, ["good"]);
    const drain = await openDrain(drainOptions(dir));
    const batches = await batchesOf(drain);
    expect(await deliver(batches[0]!)).toEqual(["good"]);
    expect(batches).toHaveLength(1);
    expect(drain.statistics.unusable).toMatchObject({ batches: 5, records: 4 });
    await drain.close();
    const kept = (await pathsBelow(dir)).filter((path) => path.startsWith("quarantine/_spool/"));
    expect(kept.filter((path) => path.endsWith(".seal"))).toHaveLength(5);
    expect(kept.filter((path) => path.endsWith(".reason"))).toHaveLength(5);
  });

  it("leaves a segment of a newer version untouched", async () => {
    const dir = temporaryDirectory();
    const id = await sealRecords(dir, ["x"]);
    for (const ending of [".seal", ".open"]) {
      const other = `${id.slice(0, -1)}${ending === ".open" ? 8 : 9}`;
      const header = Buffer.alloc(96);
      header.write("SWSPOOL2");
      header.writeUInt16LE(2, 8);
      header.writeUInt16LE(96, 10);
      header.writeUInt32LE(crc32(header.subarray(0, 92), saltOf(other)), 92);
      await writeFile(join(dir, "w", id.slice(0, 26), other + ending), header);
    }
    const before = (await pathsBelow(dir)).filter((path) => /[89]\.(seal|open)$/.test(path));
    expect(before).toHaveLength(2);
    const drain = await openDrain(drainOptions(dir));
    for (const batch of await batchesOf(drain)) await deliver(batch);
    expect(drain.statistics.unknownVersions).toBe(2);
    await drain.close();
    expect((await pathsBelow(dir)).filter((path) => path.startsWith("w/"))).toEqual(before);
  });

  it("gives out the batches of a sink that nobody configured any more", async () => {
    const dir = temporaryDirectory();
    await sealRecords(dir, ["x"], { meta: () => Buffer.from('{"sinks":["gone"]}') });
    let drain = await openDrain(drainOptions(dir));
    expect((await batchesOf(drain)).map(({ sink }) => sink)).toEqual(["gone"]);
    await drain.close();
    drain = await openDrain(drainOptions(dir));
    expect((await batchesOf(drain)).map(({ sink }) => sink)).toEqual(["gone"]);
    await drain.close();
  });

  it("holds a window of batches and finds the others on disk when there is room", async () => {
    const dir = temporaryDirectory();
    const writer = await openSpool(writerOptions(dir, { rollBytes: 1 }));
    for (let i = 0; i < 25; i++) append(writer, `record ${i}`);
    await writer.close();
    const drain = await openDrain(drainOptions(dir, { windowMax: 4 }));
    const batches = collect(drain);
    await drain.started;
    expect(batches).toHaveLength(4);
    expect(drain.statistics.sinks["main"]).toMatchObject({ onDisk: { batches: 25, records: 25 } });
    const texts: string[] = [];
    for (let i = 0; i < 25; i++) {
      await until(() => batches.length > i);
      texts.push(...(await deliver(batches[i]!)));
    }
    expect(texts).toEqual(Array.from({ length: 25 }, (_, i) => `record ${i}`));
    assertAccounts(drain);
    await drain.close();
  });

  it("opens while the directory cannot be read, and starts when it can", async () => {
    const dir = temporaryDirectory();
    await sealRecords(dir, ["x"]);
    const clock = new ManualClock();
    const fs = new FaultFileSystem();
    fs.judge = (operation) => (operation === "readdir" ? { code: "EIO" } : undefined);
    const drain = await openDrain(drainOptions(dir, { fs, clock, pollEveryMs: 1000 }));
    const batches = collect(drain);
    await passTime(clock, () => drain.statistics.fileErrors === 2, fs);
    expect(drain.statistics.started).toBe(false);
    fs.judge = () => undefined;
    await passTime(clock, () => drain.statistics.started, fs);
    expect(batches).toHaveLength(1);
    await drain.close();
  });

  it("tries again what could not be read or deleted, and counts it once", async () => {
    const dir = temporaryDirectory();
    const ids = [await sealRecords(dir, ["x"]), await sealRecords(dir, ["y"])];
    const before = await openDrain(drainOptions(dir));
    await before.started;
    await before.close();
    const clock = new ManualClock();
    const fs = new FaultFileSystem();
    fs.judge = (operation, path) => {
      const isFirst = path.includes(ids[0]!);
      return (isFirst && operation === "open") || operation === "unlink" ? { code: "EIO" } : undefined;
    };
    const drain = await openDrain(drainOptions(dir, { fs, clock, pollEveryMs: 1000 }));
    const batches = collect(drain);
    await drain.started;
    expect(batches).toHaveLength(1);
    // Its file cannot be deleted; it is delivered all the same.
    await deliver(batches[0]!);
    fs.judge = () => undefined;
    await passTime(clock, () => batches.length === 2, fs);
    await deliver(batches[1]!);
    expect(drain.statistics.sinks["main"]).toMatchObject({
      taken: { batches: 2, records: 2 },
      delivered: { batches: 2, records: 2 },
    });
    assertAccounts(drain);
    await drain.close();
    expect((await pathsBelow(dir)).filter((path) => !path.startsWith("receipts/"))).toEqual([]);
  });

  it("says when files were deleted, and reports its numbers", async () => {
    const dir = temporaryDirectory();
    const readers: (() => Iterable<MetricSample>)[] = [];
    const metrics: Metrics = {
      register(read) {
        readers.push(read);
        return () => readers.splice(readers.indexOf(read), 1);
      },
    };
    const clock = new ManualClock();
    const writer = await openSpool(writerOptions(dir, { metrics, clock }));
    append(writer, "x");
    await writer.roll();
    clock.advance(5000);
    const drain = await openDrain(drainOptions(dir, { metrics, clock }));
    let freed = 0;
    drain.onFreed(() => (freed += 1));
    const batch = (await batchesOf(drain))[0]!;
    const samples = (): string[] =>
      readers
        .flatMap((read) => [...read()])
        .map(({ name, labels = {}, value }) => `${[name, ...Object.values(labels)].join(" ")} = ${value}`);
    expect(samples()).toEqual(
      expect.arrayContaining([
        "sewer_spool_records_appended_total = 1",
        "sewer_spool_refused_total budget = 0",
        "sewer_spool_segments_sealed_total = 1",
        "sewer_spool_batches main on_disk = 1",
        "sewer_spool_oldest_age_seconds main = 5",
      ]),
    );
    expect(new Set(samples()).size).toBe(samples().length);
    await deliver(batch);
    expect(freed).toBe(1);
    expect(samples()).toContain("sewer_spool_records_total main delivered = 1");
    await drain.close();
    await writer.close();
    expect(readers).toEqual([]);
  });

  it("deletes the receipts of old days", async () => {
    const dir = temporaryDirectory();
    const clock = new ManualClock(Date.UTC(2026, 2, 31, 12));
    await sealRecords(dir, ["x"]);
    await mkdir(join(dir, "receipts"));
    for (const day of ["2026-02-28", "2026-03-01", "2026-03-02"]) {
      await writeFile(join(dir, "receipts", `${day}.jsonl`), "");
    }
    await writeFile(join(dir, "receipts", "notes.txt"), "");
    await deliverAll(dir, { clock });
    expect((await pathsBelow(dir)).filter((path) => path.startsWith("receipts"))).toEqual([
      "receipts/2026-03-01.jsonl",
      "receipts/2026-03-02.jsonl",
      "receipts/2026-03-31.jsonl",
      "receipts/notes.txt",
    ]);
  });

  it("cuts a torn receipt before the next one", async () => {
    const dir = temporaryDirectory();
    const clock = new ManualClock(Date.UTC(2026, 2, 31));
    await sealRecords(dir, ["x"]);
    await deliverAll(dir, { clock });
    const path = join(dir, "receipts", "2026-03-31.jsonl");
    await writeFile(path, `${await readFile(path, "utf8")}{"v":1,"bat`);
    await sealRecords(dir, ["y"]);
    await deliverAll(dir, { clock });
    expect(await receiptsOf(dir)).toHaveLength(2);
  });
});

/** Ends a writer as kill -9 does, with its records on disk. @returns the batch id. */
async function leaveOpen(dir: string, records: string[]): Promise<string> {
  const elsewhere = temporaryDirectory();
  const id = await sealRecords(elsewhere, records);
  const bytes = await readFile(join(elsewhere, "w", id.slice(0, 26), `${id}.seal`));
  await mkdir(join(dir, "w", id.slice(0, 26)), { recursive: true });
  await writeFile(join(dir, "w", id.slice(0, 26), `${id}.open`), bytes.subarray(0, -(100 + meta.length)));
  expect(sqliteLocks.acquire(join(elsewhere, "w", id.slice(0, 26), "LOCK"))?.release()).toBeUndefined();
  return id;
}

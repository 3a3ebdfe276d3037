import { mkdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { FileHandle, FileSystem } from "@sewer/core";
import { nodeFileSystem } from "@sewer/core/node";
import { FaultFileSystem, ManualClock } from "@sewer/testkit";
import { describe, expect, it } from "vitest";
import { inspectSpool, openDrain, openSpool, type InspectedBatch } from "../../src/index.ts";
import { startChild } from "../support/children.ts";
import {
  append,
  batchesOf,
  drainOptions,
  pathsBelow,
  sealRecords,
  temporaryDirectory,
  textsOf,
  until,
  writerOptions,
} from "../support/spool.ts";

const fs = nodeFileSystem;
const startMs = 1_790_000_000_000;
// Ids sort by the time of their writer's start: each writer of these tests begins later than the one before.
let nextMs = startMs;

async function all(
  dir: string,
  more: { fs?: FileSystem; signal?: AbortSignal } = {},
): Promise<InspectedBatch[]> {
  return collect(inspectSpool(dir, { fs, ...more }));
}

async function collect(inspection: AsyncIterable<InspectedBatch>): Promise<InspectedBatch[]> {
  const batches: InspectedBatch[] = [];
  for await (const batch of inspection) batches.push(batch);
  return batches;
}

/** What a batch is told as, in short. */
function short({ state, sink, batchId, records, reason }: InspectedBatch): unknown[] {
  return [state, sink, batchId, records, reason];
}

/** A writer that has one record in its open segment. */
async function livingWriter(dir: string, sinks = "main") {
  const writer = await openSpool(writerOptions(dir, { meta: () => Buffer.from(`{"sinks":["${sinks}"]}`) }));
  append(writer, "still open");
  const path = join(dir, "w", writer.incarnation, `${writer.incarnation}-00000001.open`);
  let bytes = 0;
  void (async () => {
    while (bytes === 0) bytes = (await fs.stat(path)).size;
  })();
  await until(() => bytes > 0);
  return writer;
}

/** Seals these records and gives them to their sinks; `settle` is called with each batch. */
async function accepted(
  dir: string,
  sinks: readonly string[],
  records: readonly string[],
  settle?: (batch: Awaited<ReturnType<typeof batchesOf>>[number]) => Promise<void>,
): Promise<string> {
  const clock = new ManualClock(nextMs++);
  const id = await sealRecords(dir, records, { clock, meta: () => Buffer.from(JSON.stringify({ sinks })) });
  const drain = await openDrain(drainOptions(dir));
  for (const batch of await batchesOf(drain)) if (batch.id === id) await settle?.(batch);
  await drain.close();
  return id;
}

describe("inspectSpool", () => {
  it("tells every batch by where it stands, with sums", async () => {
    const dir = temporaryDirectory();
    nextMs = startMs;
    const waiting = await accepted(dir, ["a", "b"], ["1", "22"]);
    const bad = await accepted(dir, ["b"], ["x"], (batch) => batch.quarantine("HTTP 403: no \u2028quota"));
    const newer = await accepted(dir, ["a"], ["y"]);
    const damaged = await sealRecords(dir, ["z"], { meta: () => Buffer.from("no JSON") });
    await (await openDrain(drainOptions(dir))).close();
    await makeNewer(join(dir, "q/a", `${newer}.seal`));
    const drain = await openDrain(drainOptions(dir));
    await drain.started;
    await drain.close();
    mkdirSync(join(dir, "q/empty"));
    const sealed = await sealRecords(dir, ["s1", "s2", "s3"], { clock: new ManualClock(startMs) });
    const writer = await livingWriter(dir);

    const inspection = inspectSpool(dir, { fs });
    const batches = await collect(inspection);
    expect(batches.map(short)).toEqual([
      ["sealed", undefined, sealed, 3, undefined],
      ["open", undefined, `${writer.incarnation}-00000001`, 1, undefined],
      ["waiting", "a", waiting, 2, undefined],
      ["newer", "a", newer, 0, expect.stringContaining("newer version (2)")],
      ["waiting", "b", waiting, 2, undefined],
      ["quarantined", "b", bad, 1, "HTTP 403: no \u2028quota"],
      ["damaged", undefined, damaged, 1, expect.stringContaining("its meta cannot be used")],
    ]);
    const one = batches[2]!;
    expect(one).toEqual({
      state: "waiting",
      sink: "a",
      batchId: waiting,
      path: join(dir, "q/a", `${waiting}.seal`),
      meta: Buffer.from('{"sinks":["a","b"]}'),
      records: 2,
      bytes: (await fs.stat(join(dir, "q/a", `${waiting}.seal`))).size,
      firstMs: startMs,
      lastMs: startMs,
      reason: undefined,
    });
    const sums = (...states: string[]) => {
      const chosen = batches.filter(({ state, sink }) => states.includes(`${state} ${sink ?? ""}`.trim()));
      const sum = (key: "records" | "bytes") => chosen.reduce((total, batch) => total + batch[key], 0);
      return { batches: chosen.length, records: sum("records"), bytes: sum("bytes") };
    };
    const none = { batches: 0, records: 0, bytes: 0 };
    expect(inspection.totals).toEqual({
      open: { ...sums("open"), batches: 1, records: 1 },
      sealed: { ...sums("sealed"), batches: 1, records: 3 },
      damaged: { ...sums("damaged"), batches: 1, records: 1 },
      newer: { ...sums("newer a"), batches: 1 },
      sinks: {
        a: { onDisk: { ...sums("waiting a"), batches: 1, records: 2 }, delivered: none, quarantined: none },
        b: {
          onDisk: { ...sums("waiting b"), batches: 1, records: 2 },
          delivered: none,
          quarantined: { ...sums("quarantined b"), batches: 1, records: 1 },
        },
        empty: { onDisk: none, delivered: none, quarantined: none },
      },
    });
    await writer.close();
  });

  it("agrees with the drain's own accounts", async () => {
    const dir = temporaryDirectory();
    for (let i = 0; i < 5; i++) await sealRecords(dir, ["r".repeat(i), "s"]);
    const drain = await openDrain(drainOptions(dir));
    const batches = await batchesOf(drain);
    await batches[1]!.quarantine("test");
    await textsOf(batches[2]!);
    await batches[2]!.acknowledge({ destination: "/out", records: 2, bytes: 2 });
    const inspection = inspectSpool(dir, { fs });
    for await (const _ of inspection);
    const { onDisk, quarantined } = drain.statistics.sinks["main"]!;
    expect(inspection.totals.sinks["main"]).toEqual({
      onDisk,
      quarantined,
      delivered: { batches: 0, records: 0, bytes: 0 },
    });
    expect(onDisk.batches).toBe(3);
    await drain.close();
  });

  it("changes nothing, opens no lock, and both stay held by their process", async () => {
    const dir = temporaryDirectory();
    await accepted(dir, ["main"], ["x"]);
    await accepted(dir, ["main"], ["y"], (batch) => batch.quarantine("test"));
    const drain = await openDrain(drainOptions(dir));
    await drain.started;
    const writer = await livingWriter(dir);
    const before = await pathsBelow(dir);
    const watched = new FaultFileSystem();
    expect(await all(dir, { fs: watched })).toHaveLength(3);
    expect(await pathsBelow(dir)).toEqual(before);
    const looking = new Set(["open", "read", "handle-stat", "close", "stat", "readdir"]);
    expect(watched.calls.filter(({ operation }) => !looking.has(operation))).toEqual([]);
    expect(watched.calls.filter(({ path }) => /^(LOCK|DRAIN)/.test(basename(path)))).toEqual([]);
    for (const path of [join(dir, "DRAIN"), join(dir, "w", writer.incarnation, "LOCK")]) {
      const child = startChild("locking-child.ts", path);
      await child.line((line) => line === "refused");
      await child.kill();
    }
    await writer.close();
    await drain.close();
  });

  it("tells a batch once that moves on while it looks", async () => {
    const dir = temporaryDirectory();
    const id = await sealRecords(dir, ["x"]);
    const path = join(dir, "w", id.slice(0, 26), id);
    await fs.rename(`${path}.seal`, `${path}.open`);
    // Sealed after its directory was read, accepted after it was told.
    const moving: FileSystem = {
      ...fs,
      async open(file, mode) {
        if (file !== `${path}.open`) return fs.open(file, mode);
        await fs.rename(`${path}.open`, `${path}.seal`);
        return fs.open(file, mode);
      },
    };
    const seen: InspectedBatch[] = [];
    for await (const batch of inspectSpool(dir, { fs: moving })) {
      seen.push(batch);
      const drain = await openDrain(drainOptions(dir));
      await drain.started;
      await drain.close();
    }
    expect(seen.map(short)).toEqual([["sealed", undefined, id, 1, undefined]]);
    expect((await all(dir)).map(short)).toEqual([["waiting", "main", id, 1, undefined]]);
    // And one that goes to quarantine.
    const told: InspectedBatch[] = [];
    for await (const batch of inspectSpool(dir, { fs })) {
      told.push(batch);
      const drain = await openDrain(drainOptions(dir));
      for (const one of await batchesOf(drain)) await one.quarantine("test");
      await drain.close();
    }
    expect(told.map(short)).toEqual([["waiting", "main", id, 1, undefined]]);
    expect((await all(dir)).map(short)).toEqual([["quarantined", "main", id, 1, "test"]]);
  });

  it("tells what a crash left halfway as the next start will take it", async () => {
    const dir = temporaryDirectory();
    const moving = await accepted(dir, ["main"], ["x"]);
    const done = await accepted(dir, ["main"], ["y"]);
    const accepting = await sealRecords(dir, ["z"]);
    mkdirSync(join(dir, "quarantine/main"), { recursive: true });
    await fs.link(join(dir, `q/main/${moving}.seal`), join(dir, `quarantine/main/${moving}.seal`));
    await fs.link(
      join(dir, "w", accepting.slice(0, 26), `${accepting}.seal`),
      join(dir, `q/main/${accepting}.seal`),
    );
    await dieAfterDone(dir, done);
    expect((await all(dir)).map(short)).toEqual([
      ["sealed", undefined, accepting, 1, undefined],
      ["delivered", "main", done, 1, undefined],
      ["quarantined", "main", moving, 1, undefined],
    ]);
  });

  it("goes on behind a file that cannot be read, and says why", async () => {
    const dir = temporaryDirectory();
    const bad = await accepted(dir, ["main"], ["x"]);
    const blank = await accepted(dir, ["main"], ["y"]);
    const good = await accepted(dir, ["main"], ["z"]);
    await writeFile(join(dir, `q/main/${blank}.seal`), Buffer.alloc(500));
    const faulty = new FaultFileSystem();
    faulty.judge = (operation, path) =>
      operation === "open" && path.includes(bad) ? { code: "EIO" } : undefined;
    expect((await all(dir, { fs: faulty })).map(short)).toEqual([
      ["waiting", "main", bad, 0, expect.stringContaining("EIO")],
      ["waiting", "main", blank, 0, "no copy of its meta can be read"],
      ["waiting", "main", good, 1, undefined],
    ]);
  });

  it("says so when there is no spool, or a room of it cannot be read", async () => {
    const dir = temporaryDirectory();
    await expect(all(dir)).rejects.toMatchObject({ code: "SEWER_SPOOL_NOT_A_SPOOL" });
    await expect(all(join(dir, "nothing"))).rejects.toMatchObject({ code: "SEWER_SPOOL_NOT_A_SPOOL" });
    await accepted(dir, ["main"], ["x"]);
    const faulty = new FaultFileSystem();
    faulty.judge = (operation, path) =>
      operation === "readdir" && path.endsWith("q/main") ? { code: "EACCES" } : undefined;
    await expect(all(dir, { fs: faulty })).rejects.toMatchObject({
      code: "SEWER_SPOOL_UNREADABLE",
      message: expect.stringContaining("q/main"),
    });
  });

  it("ends when its signal aborts", async () => {
    const dir = temporaryDirectory();
    await accepted(dir, ["main"], ["x"]);
    await accepted(dir, ["main"], ["y"]);
    const controller = new AbortController();
    const seen: string[] = [];
    const run = (async () => {
      for await (const batch of inspectSpool(dir, { fs, signal: controller.signal })) {
        seen.push(batch.batchId);
        controller.abort(new Error("enough"));
      }
    })();
    await expect(run).rejects.toThrow("enough");
    expect(seen).toHaveLength(1);
  });

  it("reads batches one at a time, none before it is asked for", async () => {
    const incarnation = "01JZZZZZZZ0123456789ABCDEF";
    const names = Array.from(
      { length: 10_000 },
      (_, i) => `${incarnation}-${String(i + 1).padStart(8, "0")}.seal`,
    );
    let opened = 0;
    let open = 0;
    const directories: Record<string, string[]> = { "/s": ["w", "q"], "/s/q": ["main"], "/s/q/main": names };
    const missing = (): never => {
      throw Object.assign(new Error("ENOENT"), { code: "ENOENT" });
    };
    const many: FileSystem = {
      ...fs,
      async *readdir(path) {
        yield* directories[path] ?? missing();
      },
      stat: async () => missing(),
      async open(path): Promise<FileHandle> {
        if (!path.endsWith(".seal")) return missing();
        opened += 1;
        open += 1;
        expect(open).toBe(1);
        const stat = { size: 0, inode: BigInt(opened), isDirectory: false };
        const close = async (): Promise<void> => void (open -= 1);
        const refuse = (): never => missing();
        return {
          read: async () => 0,
          write: refuse,
          datasync: refuse,
          truncate: refuse,
          stat: async () => stat,
          close,
        };
      },
    };
    let met = 0;
    for await (const batch of inspectSpool("/s", { fs: many })) {
      met += 1;
      if (batch.batchId.length !== 35 || opened !== met) throw new Error(`batch ${met}: ${opened} opened`);
    }
    expect(met).toBe(10_000);
  });
});

/** Turns the version in both headers to 2, as far as the first program of that version would be known by. */
async function makeNewer(path: string): Promise<void> {
  const bytes = await readFile(path);
  const { crc32 } = await import("node:zlib");
  const { saltOf } = await import("../../src/format/crc.ts");
  bytes.writeUInt16LE(2, 8);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 60), saltOf(basename(path, ".seal"))), 60);
  await writeFile(path, bytes);
}

/** Acknowledges a batch in a process that dies before it can unlink. */
async function dieAfterDone(dir: string, id: string): Promise<void> {
  const dying = new FaultFileSystem();
  dying.judge = (operation) => (operation === "unlink" ? { code: "EIO" } : undefined);
  const { Journal } = await import("../../src/drain/journal.ts");
  await new Journal(dying, join(dir, "q/main"), id).done();
}

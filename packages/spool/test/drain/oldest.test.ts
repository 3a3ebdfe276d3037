import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { nodeFileSystem as fs } from "@sewer/core/node";
import { FaultFileSystem, ManualClock } from "@sewer/testkit";
import { describe, expect, it } from "vitest";
import { startMsOf } from "../../src/batch-id.ts";
import { openDrain, openSpool, type Drain, type SpoolWriter } from "../../src/index.ts";
import {
  append,
  batchesOf,
  deliver,
  drainOptions,
  sealRecords,
  temporaryDirectory,
  until,
  writerOptions,
} from "../support/spool.ts";

const startMs = 1_790_000_000_000;
const sinks = ["a", "b"] as const;
const meta = Buffer.from('{"sinks":["a","b"]}');

function sealAt(dir: string, ms: number): Promise<string> {
  return sealRecords(dir, ["x"], { clock: new ManualClock(ms), meta: () => meta });
}

/** The oldest batch of each sink, as [time, id]; undefined when nothing can be said. */
async function oldest(drain: Drain): Promise<Record<string, [number, string]> | undefined> {
  const found = await drain.oldestUndelivered(sinks, []);
  if (found === undefined) return undefined;
  return Object.fromEntries([...found].map(([sink, { firstMs, batchId }]) => [sink, [firstMs, batchId]]));
}

async function hasFile(path: string): Promise<void> {
  let bytes = 0;
  void (async () => {
    while (bytes === 0) bytes = (await fs.stat(path).catch(() => ({ size: 0 }))).size;
  })();
  await until(() => bytes > 0);
}

function openPath(dir: string, writer: SpoolWriter, sequence: number): string {
  return join(dir, "w", writer.incarnation, `${writer.incarnation}-0000000${sequence}.open`);
}

describe("oldestUndelivered", () => {
  it("names the oldest batch of each sink, with its meta, until that sink has it", async () => {
    const dir = temporaryDirectory();
    const first = await sealAt(dir, startMs);
    const second = await sealAt(dir, startMs + 5000);
    const drain = await openDrain(drainOptions(dir));
    const batches = await batchesOf(drain);
    const of = (sink: string, id: string) => batches.find((batch) => batch.sink === sink && batch.id === id)!;
    expect(await oldest(drain)).toEqual({ a: [startMs, first], b: [startMs, first] });
    await deliver(of("a", first));
    await deliver(of("b", second));
    expect(await oldest(drain)).toEqual({ a: [startMs + 5000, second], b: [startMs, first] });
    expect((await drain.oldestUndelivered(["a"], []))?.get("a")?.meta).toEqual(meta);
    await deliver(of("a", second));
    // What is in quarantine is not waited for.
    await of("b", first).quarantine("test");
    expect(await oldest(drain)).toEqual({});
    await drain.close();
    expect(await oldest(drain)).toBeUndefined();
  });

  it("says nothing before everything that was there was looked at", async () => {
    const dir = temporaryDirectory();
    await sealAt(dir, startMs);
    const drain = await openDrain(drainOptions(dir));
    expect(await oldest(drain)).toBeUndefined();
    await drain.started;
    expect(await oldest(drain)).toBeDefined();
    await drain.close();
  });

  it("counts what is still in a writer's directory, and what is not even there", async () => {
    const dir = temporaryDirectory();
    const clock = new ManualClock(startMs);
    const drain = await openDrain(drainOptions(dir));
    await drain.started;
    const writer = await openSpool(writerOptions(dir, { meta: () => meta }));
    // The file that is made ahead of the first record is nothing yet.
    expect(await oldest(drain)).toEqual({});
    await writer.close();
    const timed = await openSpool(writerOptions(dir, { meta: () => meta, clock }));
    append(timed, "x");
    const id = `${timed.incarnation}-00000001`;
    await timed.roll();
    clock.advance(1000);
    // Sealed, and not taken by the drain.
    expect(await oldest(drain)).toEqual({ a: [startMs, id], b: [startMs, id] });
    const begun = { batchId: `${timed.incarnation}-00000002`, firstMs: startMs - 1, meta };
    expect((await drain.oldestUndelivered(["a"], [begun]))?.get("a")).toEqual(begun);
    await timed.close();
    await drain.close();
  });

  it("counts the open segment of a writer, of another process too", async () => {
    const dir = temporaryDirectory();
    const drain = await openDrain(drainOptions(dir));
    await drain.started;
    const clock = new ManualClock(startMs);
    const writer = await openSpool(writerOptions(dir, { meta: () => meta, clock }));
    clock.advance(700);
    append(writer, "x");
    clock.advance(20);
    await hasFile(openPath(dir, writer, 1));
    const id = `${writer.incarnation}-00000001`;
    expect(await oldest(drain)).toEqual({ a: [startMs + 700, id], b: [startMs + 700, id] });
    await writer.close();
    await drain.close();
  });

  it("knows those that its window has no room for, also when ids and times are in another order", async () => {
    const dir = temporaryDirectory();
    const drain = await openDrain(drainOptions(dir, { windowMax: 2 }));
    await drain.started;
    // Two writers side by side; the one that started first began to write last.
    const clocks = [new ManualClock(startMs), new ManualClock(startMs + 1)] as const;
    const writers = [
      await openSpool(writerOptions(dir, { meta: () => meta, clock: clocks[0], rollBytes: 1 })),
      await openSpool(writerOptions(dir, { meta: () => meta, clock: clocks[1], rollBytes: 1 })),
    ] as const;
    clocks[0].advance(10_000);
    for (let i = 0; i < 6; i++) {
      append(writers[0], "late");
      clocks[0].advance(1000);
    }
    clocks[1].advance(5000);
    for (let i = 0; i < 6; i++) {
      append(writers[1], "early");
      clocks[1].advance(1000);
    }
    for (const writer of writers) await writer.close();
    const times = new Map<string, number>();
    for (let i = 0; i < 6; i++) {
      times.set(`${writers[0].incarnation}-0000000${i + 1}`, startMs + 10_000 + i * 1000);
      times.set(`${writers[1].incarnation}-0000000${i + 1}`, startMs + 5001 + i * 1000);
    }
    const undelivered = new Map(sinks.map((sink) => [sink as string, new Map(times)]));
    const waiting: Parameters<Parameters<Drain["onBatch"]>[0]>[0][] = [];
    drain.onBatch((batch) => waiting.push(batch));
    const expected = (): Record<string, number> => {
      const result: Record<string, number> = {};
      for (const [sink, left] of undelivered) if (left.size > 0) result[sink] = Math.min(...left.values());
      return result;
    };
    for (let settled = 0; settled < 24; settled++) {
      drain.poke();
      await until(() => waiting.length > 0);
      const found = await oldest(drain);
      expect(Object.fromEntries(Object.entries(found!).map(([sink, [ms]]) => [sink, ms]))).toEqual(
        expected(),
      );
      const batch = waiting.shift()!;
      await deliver(batch);
      undelivered.get(batch.sink)!.delete(batch.id);
    }
    expect(await oldest(drain)).toEqual({});
    await drain.close();
  });

  it("takes the start of its writer for a batch that cannot be read or is of a newer version", async () => {
    const dir = temporaryDirectory();
    const bad = await sealAt(dir, startMs);
    const fault = new FaultFileSystem();
    const first = await openDrain(drainOptions(dir));
    await first.started;
    await first.close();
    fault.judge = (operation, path) =>
      operation === "open" && path.includes("q/a") && path.endsWith(".seal") ? { code: "EIO" } : undefined;
    const drain = await openDrain(drainOptions(dir, { fs: fault, adoptEveryMs: 0 }));
    await drain.started;
    expect(await oldest(drain)).toEqual({ a: [startMsOf(bad.slice(0, 26)), bad], b: [startMs, bad] });
    // It can be read again.
    fault.judge = () => undefined;
    const given: string[] = [];
    drain.onBatch((batch) => given.push(batch.sink));
    drain.poke();
    await until(() => given.length === 2);
    expect(await oldest(drain)).toEqual({ a: [startMs, bad], b: [startMs, bad] });
    // Nobody can tell for whom this is.
    const later = await sealAt(dir, startMs - 10_000);
    await writeFile(join(dir, "w", later.slice(0, 26), `${later}.seal`), Buffer.alloc(300));
    const found = await drain.oldestUndelivered([...sinks, "c"], []);
    const unknown = { batchId: later, firstMs: startMs - 10_000, meta: undefined };
    expect([...found!.entries()]).toEqual([...sinks, "c"].map((sink) => [sink, unknown]));
    await drain.close();
  });
});

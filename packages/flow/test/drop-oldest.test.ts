import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { newBench, type Bench, type Run } from "./bench.ts";
import { MemorySink } from "./memory-sink.ts";

const sinkFault = { scope: "sink", retry: "temporary" } as const;
// Room for some fifteen batches of one record; the disk that tests run on may be nearly full.
const spool = { onFull: "drop-oldest", maxBytes: 32_000, minFree: 0 } as const;
const batchesMax = 18;
const text = (i: number): string => String(i).padStart(3, "0").padEnd(1000, ".");

function accountOf(run: Run, sink = "main") {
  return run.flow.status().delivery.spool?.sinks[sink];
}

/** At rest: taken = delivered + on disk + quarantined + lost. */
function expectAccounting(run: Run, sink = "main"): void {
  const { taken, delivered, onDisk, quarantined, recordsLost } = accountOf(run, sink)!;
  expect(delivered.records + onDisk.records + quarantined.records + recordsLost).toBe(taken.records);
}

/** Writes batches of one record each until so many were taken over. */
async function write(bench: Bench, run: Run, from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) {
    await bench.until(() => (run.flow.status().ingest.spool?.bytesUsed ?? 0) < spool.maxBytes - 1900, 100);
    await bench.writeBatch(run, text(i));
  }
  await bench.until(() => (accountOf(run)?.taken.records ?? 0) === to, 100);
}

async function lostLines(bench: Bench): Promise<{ sink: string; lost: number }[]> {
  const lines: { sink: string; lost: number }[] = [];
  for (const name of await readdir(join(bench.dir, "receipts"))) {
    const day = await readFile(join(bench.dir, "receipts", name), "utf8");
    for (const line of day.split("\n").slice(0, -1)) {
      const one = JSON.parse(line) as { sink: string; lost?: number };
      if (one.lost !== undefined) lines.push({ sink: one.sink, lost: one.lost });
    }
  }
  return lines;
}

describe("onFull: drop-oldest", () => {
  test("while the sink is away the newest records survive, and they are delivered when it is back", async () => {
    const bench = await newBench();
    bench.sink.fault = () => sinkFault;
    const run = await bench.open({ spool });
    await write(bench, run, 0, 50);
    await bench.until(() => (accountOf(run)?.onDisk.batches ?? 0) < batchesMax, 100);
    expectAccounting(run);
    bench.sink.fault = () => undefined;
    await bench.until(() => accountOf(run)?.onDisk.records === 0, 1000);
    expectAccounting(run);
    const { recordsLost, delivered } = accountOf(run)!;
    expect(recordsLost).toBeGreaterThan(50 - batchesMax);
    expect(delivered.records + recordsLost).toBe(50);
    const received = [...bench.sink.records].sort();
    expect(new Set(received).size).toBe(delivered.records);
    // A batch that is being tried just then stays, and a younger one goes in its place: at most one for each slot.
    const slots = run.options.retry.parallel;
    const newest = Array.from({ length: delivered.records - slots }, (_, i) => text(recordsLost + slots + i));
    expect(received).toEqual(expect.arrayContaining(newest));
    expect((await lostLines(bench)).map(({ lost }) => lost)).toEqual(Array(recordsLost).fill(1));
    expect(run.metrics.value("sewer_spool_batches_dropped_total", { sink: "main" })).toBe(recordsLost);
    expect(run.logger.of("error").length).toBeGreaterThan(0);
  });

  test("what one of the sinks is delivering stays for all of them", async () => {
    const bench = await newBench();
    const slow = new MemorySink();
    let first: string | undefined;
    bench.sink.fault = () => sinkFault;
    slow.fault = ({ id }) => {
      first ??= id;
      return id === first ? "hang" : sinkFault;
    };
    const sinks = { main: bench.sink, slow };
    // The clock of the test runs fast.
    const run = await bench.open({ spool, sinks, retry: { parallel: 1, deliverTimeout: "20d" } });
    await write(bench, run, 0, 35);
    await bench.until(() => (accountOf(run, "slow")?.onDisk.batches ?? 0) < batchesMax, 100);
    for (const sink of ["main", "slow"]) {
      expectAccounting(run, sink);
      expect(accountOf(run, sink)?.dropped.batches).toBeGreaterThan(35 - batchesMax);
      expect(await bench.files(`q/${sink}`)).toContain(`${first}.seal`);
    }
    expect(run.flow.status().delivery.sinks.map(({ waiting, running }) => waiting + running)).toEqual(
      ["main", "slow"].map((sink) => accountOf(run, sink)?.onDisk.batches),
    );
  });

  test("what waits for a sink that is not configured goes, too", async () => {
    const bench = await newBench();
    const gone = new MemorySink();
    for (const sink of [bench.sink, gone]) sink.fault = () => sinkFault;
    const before = await bench.open({ sinks: { main: bench.sink, gone } });
    for (const i of [0, 1, 2, 3, 4, 5]) await bench.writeBatch(before, text(i));
    await bench.until(() => accountOf(before, "gone")?.taken.records === 6, 100);
    await bench.settled(before.flow.close({ graceMs: 0, deliverMs: 0 }), 20);
    const run = await bench.open({ spool });
    await bench.until(() => accountOf(run)?.taken.records === 6, 100);
    await write(bench, run, 6, 35);
    await bench.until(() => (accountOf(run)?.onDisk.batches ?? 0) < batchesMax, 100);
    expect(accountOf(run, "gone")).toMatchObject({ dropped: { batches: 6 }, recordsLost: 6 });
    expectAccounting(run);
    expect(run.flow.status().delivery.unconfigured).toEqual([]);
  });
});

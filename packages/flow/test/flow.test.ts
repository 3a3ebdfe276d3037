import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isSewerError } from "@sewer/core";
import { describe, expect, test } from "vitest";
import { newBench, type Bench, type Run } from "./bench.ts";
import { BreakableFileSystem } from "./breakable-file-system.ts";
import { MemorySink } from "./memory-sink.ts";

const sinkFault = { scope: "sink", retry: "temporary" } as const;
const ownFault = { scope: "batch", retry: "temporary" } as const;

function sinkStatus(run: Run, name = "main") {
  return run.flow.status().delivery.sinks.find((sink) => sink.name === name);
}

/** Over sealed segments and per sink, at rest: taken = delivered + on disk + quarantined + lost. */
function expectAccounting(run: Run, name = "main"): void {
  const sink = run.flow.status().delivery.spool?.sinks[name];
  expect(sink).toBeDefined();
  if (sink === undefined) return;
  expect(sink.taken.records).toBe(
    sink.delivered.records + sink.onDisk.records + sink.quarantined.records + sink.recordsLost,
  );
  const { taken, delivered, onDisk, quarantined, dropped } = sink;
  expect(taken.batches).toBe(delivered.batches + onDisk.batches + quarantined.batches + dropped.batches);
}

async function code(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  return isSewerError(error) ? error.code : String(error);
}

describe("opening", () => {
  test("what is written arrives, each record once, and the spool is empty then", async () => {
    const bench = await newBench();
    const run = await bench.open();
    await bench.writeBatch(run, "a", "b", "c");
    await bench.writeBatch(run, "d");
    await bench.until(() => bench.sink.records.length === 4);
    await bench.until(() => sinkStatus(run)?.delivered === 2);
    expect(bench.sink.records).toEqual(["a", "b", "c", "d"]);
    expectAccounting(run);
    expect((await bench.files("w")).filter((name) => name.endsWith(".seal"))).toEqual([]);
    expect(await bench.files("q")).toEqual([]);
  });

  test("the spool comes first, then the source and, beside it, the sinks: both locks are held, the channel takes records", async () => {
    const bench = await newBench();
    const run = bench.run();
    const seen: unknown[] = [];
    run.source.onOpen = (channel) => {
      const { ingest, delivery } = run.flow.status();
      seen.push(delivery.state, ingest.incarnation?.length, typeof channel.reserve(10));
    };
    const seenBySink: unknown[] = [];
    bench.sink.openFault = () => {
      seenBySink.push(run.flow.status().ingest.incarnation?.length);
      return undefined;
    };
    await bench.settled(run.flow.open());
    await bench.until(() => bench.sink.opens === 1);
    expect(seen).toEqual(["flowing", 26, "object"]);
    expect(seenBySink).toEqual([26]);
    expect(run.flow.state).toBe("flowing");
    await bench.settled(run.flow.close({ graceMs: 0, deliverMs: 0 }));
    expect(run.flow.state).toBe("closed");
  });

  test("a sink that cannot be opened does not keep the flow from opening", async () => {
    const bench = await newBench();
    bench.sink.openFault = () => (bench.sink.opens < 4 ? sinkFault : undefined);
    const run = await bench.open();
    await bench.writeBatch(run, "a");
    await bench.until(() => bench.sink.records.length === 1, 20);
    expect(bench.sink.opens).toBe(4);
  });

  test("a second flow on the same spool is refused, its source never opens, the first goes on", async () => {
    const bench = await newBench();
    const first = await bench.open();
    const second = bench.run();
    expect(await code(bench.settled(second.flow.open()))).toBe("SEWER_SPOOL_LOCKED");
    expect([second.flow.state, second.source.isOpen]).toEqual(["error", false]);
    await bench.settled(second.flow.close({ graceMs: 0, deliverMs: 0 }));
    expect(second.flow.state).toBe("closed");
    await bench.writeBatch(first, "a");
    await bench.until(() => bench.sink.records.length === 1);
  });

  test("a spool directory that cannot be made is an error that names it", async () => {
    const bench = await newBench();
    await writeFile(join(dirname(dirname(bench.dir)), "data"), "a file where a directory should be");
    const run = bench.run();
    expect(await code(bench.settled(run.flow.open()))).toBe("SEWER_SPOOL_NOT_WRITABLE");
    expect(run.source.isOpen).toBe(false);
  });

  test("when the source cannot open, its error is passed on and both locks are free again", async () => {
    const bench = await newBench();
    const failing = bench.run();
    failing.source.openFault = new Error("port in use");
    await expect(bench.settled(failing.flow.open())).rejects.toThrow("port in use");
    expect(failing.flow.state).toBe("error");
    expect(bench.sink.closes).toBe(1);
    expect(failing.metrics.readers.size).toBe(0);
    const next = await bench.open();
    await bench.writeBatch(next, "a");
    await bench.until(() => bench.sink.records.length === 1);
  });

  test("a close while it opens interrupts it and lets go of everything", async () => {
    const bench = await newBench();
    const run = bench.run();
    let open = (): void => {};
    run.source.ready = new Promise((resolve) => (open = resolve));
    const opened = run.flow.open();
    const result = code(opened);
    await bench.until(() => run.flow.status().delivery.state === "flowing");
    const closed = run.flow.close({ graceMs: 0, deliverMs: 0 });
    open();
    await bench.settled(closed);
    expect(await result).toBe("SEWER_FLOW_INTERRUPTED");
    expect([run.flow.state, run.source.isOpen]).toEqual(["closed", false]);
    await bench.open();
  });

  test("a flow that was closed can be opened again", async () => {
    const bench = await newBench();
    const run = await bench.open();
    await bench.settled(run.flow.close({ graceMs: 0, deliverMs: 1000 }));
    await bench.settled(run.flow.open());
    await bench.writeBatch(run, "a");
    await bench.until(() => bench.sink.records.length === 1);
    expect(run.flow.state).toBe("flowing");
  });
});

describe("faults", () => {
  test("a batch that fails on its own holds up nobody and goes to quarantine", async () => {
    const bench = await newBench();
    let bad = "";
    bench.sink.fault = (batch) => {
      bad ||= batch.id;
      return batch.id === bad ? ownFault : undefined;
    };
    const run = await bench.open({ retry: { base: "5s", cap: "5s", maxAttempts: 3, parallel: 1 } });
    await bench.writeBatch(run, "bad");
    await bench.until(() => bench.sink.attempts.length === 1);
    await bench.writeBatch(run, "good 1");
    await bench.writeBatch(run, "good 2");
    await bench.until(() => bench.sink.records.length === 2);
    await bench.until(() => sinkStatus(run)?.quarantined === 1, 20);
    expect(bench.sink.attempts.filter((id) => id === bad).length).toBe(3);
    expect(bench.sink.records).toEqual(["good 1", "good 2"]);
    expectAccounting(run);
    expect(run.flow.status().delivery.spool?.sinks["main"]?.quarantined.records).toBe(1);
    expect((await bench.files("quarantine")).some((name) => name.includes(bad))).toBe(true);
  });

  test("the sink goes down and comes back: everything is delivered, once, nothing quarantined", async () => {
    const bench = await newBench();
    let isDown = false;
    bench.sink.fault = () => (isDown ? sinkFault : undefined);
    const run = await bench.open({ retry: { maxAttempts: 1 } });
    const texts = Array.from({ length: 12 }, (_, index) => `record ${String(index).padStart(2, "0")}`);
    await bench.writeBatch(run, ...texts.slice(0, 2));
    await bench.until(() => bench.sink.records.length === 2);
    isDown = true;
    for (const text of texts.slice(2)) await bench.writeBatch(run, text);
    await bench.until(() => bench.sink.attempts.length > 8, 20);
    expect(bench.sink.records.length).toBe(2);
    expect(sinkStatus(run)).toMatchObject({ isFailing: true, delivered: 1, quarantined: 0 });
    expectAccounting(run);
    isDown = false;
    await bench.until(() => sinkStatus(run)?.delivered === 11, 20);
    expect(bench.sink.records).toEqual(texts);
    expectAccounting(run);
    // One line when it began and one a minute, however many attempts there were.
    const minutes = bench.clock.monotonic() / 60_000;
    expect(run.logger.of("warn").length).toBeLessThanOrEqual(1 + minutes);
    expect(run.logger.of("info").some((line) => line.message === "the sink takes batches again")).toBe(true);
  });

  test("of two sinks, one that is down holds up the other not at all, and catches up", async () => {
    const bench = await newBench();
    const [up, down] = [new MemorySink(), new MemorySink()];
    let isDown = true;
    down.fault = () => (isDown ? sinkFault : undefined);
    const run = await bench.open({ sinks: { up, down } });
    for (const text of ["a", "b", "c"]) await bench.writeBatch(run, text);
    await bench.until(() => sinkStatus(run, "up")?.delivered === 3);
    expect(down.records).toEqual([]);
    isDown = false;
    await bench.until(() => sinkStatus(run, "down")?.delivered === 3, 20);
    expect(down.records).toEqual(["a", "b", "c"]);
    expectAccounting(run, "up");
    expectAccounting(run, "down");
  });

  test("at most retry.parallel deliveries run", async () => {
    const bench = await newBench();
    bench.sink.fault = () => "hang";
    const run = await bench.open({ retry: { parallel: 2 } });
    for (const text of ["a", "b", "c", "d"]) await bench.writeBatch(run, text);
    await bench.until(() => sinkStatus(run)?.waiting === 2);
    expect(bench.sink.runningMax).toBe(2);
  });
});

test("when the spool gives up the flow is in error, delivers what it has, and can be closed", async () => {
  const bench = await newBench();
  const disk = new BreakableFileSystem();
  const run = await bench.open({ fs: disk.fs });
  await bench.writeBatch(run, "a");
  disk.isBroken = true;
  run.source.write("b");
  await bench.until(() => run.flow.status().ingest.spool?.syncErrors === 1, 20);
  run.source.write("c");
  await bench.until(() => run.flow.state === "error", 20);
  expect(run.flow.status().ingest.failure).toContain("EIO");
  expect(() => run.source.write("d")).toThrow("full");
  await bench.until(() => sinkStatus(run)?.delivered === 1);
  disk.isBroken = false;
  await bench.settled(
    run.flow.close({ graceMs: 0, deliverMs: 0 }).catch(() => {}),
    20,
  );
  expect(run.source.closes).toEqual([0]);
  await bench.open();
});

describe("closing", () => {
  test("seals what is open and delivers it within the budget", async () => {
    const bench = await newBench();
    const run = await bench.open();
    run.source.write("a", "b");
    await bench.settled(run.flow.close({ graceMs: 250, deliverMs: 30_000 }));
    expect(run.source.closes).toEqual([250]);
    expect(bench.sink.records).toEqual(["a", "b"]);
    expect(bench.sink.closes).toBe(1);
    expect(run.metrics.readers.size).toBe(0);
    expect((await bench.files()).filter((name) => /\.(?:open|seal)$/.test(name))).toEqual([]);
  });

  test("leaves on disk what the budget did not suffice for; a restart delivers it, once", async () => {
    const bench = await newBench();
    let isHanging = true;
    bench.sink.fault = () => (isHanging ? "hang" : undefined);
    const first = await bench.open({ retry: { parallel: 1 } });
    await bench.writeBatch(first, "a");
    await bench.writeBatch(first, "b");
    first.source.write("c");
    const startMs = bench.clock.monotonic();
    await bench.settled(first.flow.close({ graceMs: 0, deliverMs: 3000 }), 10);
    expect(bench.clock.monotonic() - startMs).toBeGreaterThanOrEqual(3000);
    expect(bench.sink.records).toEqual([]);
    const leftover = (await bench.files()).filter((name) => name.endsWith(".seal"));
    expect(new Set(leftover.map((name) => name.slice(name.lastIndexOf("/") + 1))).size).toBe(3);

    isHanging = false;
    const second = await bench.open();
    await bench.until(() => sinkStatus(second)?.delivered === 3);
    expect(bench.sink.records).toEqual(["a", "b", "c"]);
    expectAccounting(second);
  });

  test("does not wait when all that is left is due later than the budget allows", async () => {
    const bench = await newBench();
    bench.sink.fault = () => ownFault;
    const run = await bench.open({ retry: { base: "10h", cap: "10h" } });
    await bench.writeBatch(run, "a");
    await bench.until(() => sinkStatus(run)?.retrying === 1);
    const startMs = bench.clock.monotonic();
    await bench.settled(run.flow.close({ graceMs: 0, deliverMs: 60_000 }));
    expect(bench.clock.monotonic() - startMs).toBeLessThan(60_000);
  });

  test("a second close cuts the first short, and so does its signal", async () => {
    const bench = await newBench();
    bench.sink.fault = () => "hang";
    const cut = new AbortController();
    const cuts: ((run: Run) => unknown)[] = [
      (run) => run.flow.close({ graceMs: 0, deliverMs: 0 }),
      () => cut.abort(),
    ];
    for (const cutShort of cuts) {
      const run = await bench.open();
      await bench.writeBatch(run, "a");
      await bench.until(() => sinkStatus(run)?.running !== 0);
      const startMs = bench.clock.monotonic();
      const closed = run.flow.close({ graceMs: 1000, deliverMs: 3_600_000, signal: cut.signal });
      await bench.until(() => run.flow.status().ingest.state === "closed");
      cutShort(run);
      await bench.settled(closed);
      expect(bench.clock.monotonic() - startMs).toBeLessThan(3_600_000);
      expect(run.flow.state).toBe("closed");
    }
  });

  test("is harmless before open and when repeated", async () => {
    const bench = await newBench();
    const run = bench.run();
    await run.flow.close({ graceMs: 0, deliverMs: 0 });
    await bench.settled(run.flow.open());
    await bench.settled(run.flow.close({ graceMs: 0, deliverMs: 0 }));
    await bench.settled(run.flow.close({ graceMs: 0, deliverMs: 0 }));
    expect(run.flow.state).toBe("closed");
  });
});

describe("sinks that are not configured", () => {
  async function leave(bench: Bench): Promise<void> {
    const gone = new MemorySink();
    gone.fault = () => sinkFault;
    const run = await bench.open({ sinks: { main: bench.sink, gone } });
    await bench.writeBatch(run, "a", "b");
    await bench.writeBatch(run, "c");
    await bench.until(() => sinkStatus(run)?.delivered === 2);
    await bench.settled(run.flow.close({ graceMs: 0, deliverMs: 0 }));
  }

  test("their batches stay on disk, are reported, and are delivered once the sink is back", async () => {
    const bench = await newBench();
    await leave(bench);
    const without = await bench.open();
    await bench.until(() => without.flow.status().delivery.unconfigured[0]?.batches === 2);
    expect(without.flow.status().delivery.unconfigured).toEqual([
      { flow: "pixel", sink: "gone", batches: 2, records: 3 },
    ]);
    expect(without.logger.of("warn").map((line) => line.fields["sink"])).toEqual(["gone"]);
    await bench.settled(without.flow.close({ graceMs: 0, deliverMs: 3_600_000 }));
    expect((await bench.files("q/gone")).length).toBe(2);

    const gone = new MemorySink();
    const again = await bench.open({ sinks: { main: bench.sink, gone } });
    await bench.until(() => sinkStatus(again, "gone")?.delivered === 2);
    expect(gone.records).toEqual(["a", "b", "c"]);
  });

  test("a batch of another flow does not go to this flow's sink of the same name", async () => {
    const bench = await newBench();
    await leave(bench);
    const other = await bench.open({ name: "other", sinks: { gone: new MemorySink() } });
    await bench.until(() => other.flow.status().delivery.unconfigured[0]?.batches === 2);
    expect(other.flow.status().delivery.unconfigured[0]).toMatchObject({ flow: "pixel", sink: "gone" });
    await bench.writeBatch(other, "x");
    await bench.until(() => sinkStatus(other, "gone")?.delivered === 1);
    await bench.settled(other.flow.close({ graceMs: 0, deliverMs: 3_600_000 }));
  });
});

test("metrics tell what became of batches, events and attempts", async () => {
  const bench = await newBench();
  let faults = 2;
  bench.sink.fault = () => (faults-- > 0 ? sinkFault : undefined);
  const { flow, source, metrics } = await bench.open();
  source.write("a", "b", "c");
  await bench.until(() => flow.status().delivery.sinks[0]?.delivered === 1, 20);
  const labels = { flow: "pixel", sink: "main" };
  expect(metrics.value("sewer_events_written_total", labels)).toBe(3);
  expect(metrics.value("sewer_sink_batches_total", { ...labels, outcome: "delivered" })).toBe(1);
  expect(metrics.value("sewer_sink_batches_total", { ...labels, outcome: "quarantined" })).toBe(0);
  expect(metrics.value("sewer_retry_batches", labels)).toBe(0);
  expect(metrics.value("sewer_retry_attempts_total", { ...labels, outcome: "sink_error" })).toBe(2);
  expect(metrics.value("sewer_retry_attempts_total", { ...labels, outcome: "delivered" })).toBe(1);
});

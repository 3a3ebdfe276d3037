import { isSewerError, type Sink } from "@sewer/core";
import type { FlowChange } from "@sewer/flow";
import { retryOptions } from "@sewer/retry";
import { spoolOptions } from "@sewer/spool";
import { expect, test } from "vitest";
import { newBench, type Run } from "./bench.ts";
import { MemorySink } from "./memory-sink.ts";
import { MemorySource } from "./memory-source.ts";

/** Goes on with other parts; what is not named stays. */
function change(run: Run, parts: Partial<Pick<Run["options"], "spool" | "sinks" | "retry">> = {}) {
  const source = new MemorySource();
  const { spool, sinks, retry } = { ...run.options, ...parts };
  const both: FlowChange = { ingest: { source, spool, sinks }, delivery: { spool, sinks, retry } };
  return { source, both };
}

function named(sinks: Readonly<Record<string, Sink>>): ReadonlyMap<string, Sink> {
  return new Map(Object.entries(sinks));
}

async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  const error: unknown = await promise.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  return isSewerError(error) ? error.code : undefined;
}

test("other sinks: what was before goes where it was planned to go, the rest to the new one, each once", async () => {
  const bench = await newBench();
  const run = await bench.open();
  run.source.write("a", "b");
  const other = new MemorySink();
  const first = change(run, { sinks: named({ other }) });
  await bench.settled(run.flow.reconfigure(first.both));
  first.source.write("c");
  await bench.until(() => other.records.length === 1, 20);
  expect(other.records).toEqual(["c"]);
  // Nobody delivers to the sink that is gone, and nothing of it is lost.
  await bench.until(() => run.flow.status().delivery.unconfigured.length > 0, 20);
  expect(run.flow.status().delivery.unconfigured).toMatchObject([{ sink: "main", batches: 1, records: 2 }]);
  const back = change(run);
  await bench.settled(run.flow.reconfigure(back.both));
  await bench.until(() => bench.sink.records.length === 2, 20);
  expect(bench.sink.records).toEqual(["a", "b"]);
  // Ports are closed by whoever has taken them over.
  expect(run.source.closes).toEqual([]);
  expect(first.source.closes).toEqual([]);
});

test("what began before a change and ends after it is in the segment of the former source", async () => {
  const bench = await newBench();
  const run = await bench.open();
  const other = new MemorySink();
  const { source, both } = change(run, { sinks: named({ other }) });
  const late = Promise.withResolvers<void>();
  source.former = late.promise;
  await bench.settled(run.flow.reconfigure(both));
  source.write("new");
  run.source.write("late");
  await bench.until(() => other.records.length === 1, 20);
  late.resolve();
  await bench.until(() => run.flow.status().delivery.unconfigured.length > 0, 20);
  expect(other.records).toEqual(["new"]);
  expect(run.flow.status().delivery.unconfigured).toMatchObject([{ sink: "main", records: 1 }]);
});

test("a close waits for what began before a change", async () => {
  const bench = await newBench();
  const run = await bench.open();
  const { source, both } = change(run, { sinks: named({ main: bench.sink }) });
  const late = Promise.withResolvers<void>();
  source.former = late.promise;
  await bench.settled(run.flow.reconfigure(both));
  const closing = run.flow.close({ graceMs: 0, deliverMs: 60_000 });
  run.source.write("late");
  late.resolve();
  await bench.settled(closing);
  expect(bench.sink.records).toEqual(["late"]);
  expect(await bench.files("w")).toEqual([]);
});

test("at most four former writers wait for their last records", async () => {
  const bench = await newBench();
  const run = await bench.open();
  const late = Promise.withResolvers<void>();
  let last = run.source;
  const next = (): FlowChange => {
    const { source, both } = change(run);
    source.former = late.promise;
    last = source;
    return { ingest: both.ingest };
  };
  for (let i = 0; i < 4; i++) await bench.settled(run.flow.reconfigure(next()));
  const current = last;
  expect(await codeOf(bench.settled(run.flow.reconfigure(next())))).toBe("SEWER_FLOW_CHANGING");
  current.write("a");
  late.resolve();
  await bench.until(() => bench.sink.records.length === 1, 20);
  await bench.settled(run.flow.reconfigure(next()));
});

test("a spool that cannot be opened anew: the source and its records go on as they were", async () => {
  const bench = await newBench();
  const run = await bench.open();
  run.source.write("a");
  bench.fs.judge = (operation, path) =>
    operation === "mkdir" && /\/w\/\w+$/.test(path) ? { code: "EROFS" } : undefined;
  const { ingest } = change(run).both;
  expect(await codeOf(bench.settled(run.flow.reconfigure({ ingest })))).toBe("SEWER_SPOOL_NOT_WRITABLE");
  bench.fs.judge = () => undefined;
  expect(run.flow.state).toBe("flowing");
  run.source.write("b");
  await bench.until(() => bench.sink.records.length === 2, 20);
  expect(bench.sink.records).toEqual(["a", "b"]);
});

test("another roll time holds from the next segment on", async () => {
  const bench = await newBench();
  const run = await bench.open({ spool: { roll: { every: "1h" } } });
  run.source.write("a");
  const spool = spoolOptions.parse({ durability: "memory", roll: { every: "1s" } });
  const { source, both } = change(run, { spool });
  await bench.settled(run.flow.reconfigure(both));
  source.write("b");
  await bench.until(() => bench.sink.records.length === 2, 100);
  expect(bench.sink.records.sort()).toEqual(["a", "b"]);
});

test("a delivery that hangs is aborted, and the batch is delivered by the new options", async () => {
  const bench = await newBench();
  const run = await bench.open();
  bench.sink.fault = () => "hang";
  await bench.writeBatch(run, "a");
  await bench.until(() => bench.sink.running === 1, 20);
  bench.sink.fault = () => undefined;
  const { delivery } = change(run, { retry: retryOptions.parse({ parallel: 1 }) }).both;
  await bench.settled(run.flow.reconfigure({ delivery }));
  await bench.until(() => bench.sink.records.length === 1, 20);
  expect(bench.sink.attempts).toHaveLength(2);
});

test("a delivery that cannot be begun again is an error until a further change succeeds", async () => {
  const bench = await newBench();
  const run = await bench.open();
  bench.fs.judge = (operation) => (operation === "mkdir" ? { code: "EROFS" } : undefined);
  const { delivery } = change(run).both;
  expect(await codeOf(bench.settled(run.flow.reconfigure({ delivery })))).toBe("SEWER_SPOOL_NOT_WRITABLE");
  expect(run.flow.state).toBe("error");
  run.source.write("a");
  bench.fs.judge = () => undefined;
  await bench.settled(run.flow.reconfigure({ delivery }));
  expect(run.flow.state).toBe("flowing");
  await bench.until(() => bench.sink.records.length === 1, 20);
});

test("a close during a change waits for it and leaves nothing behind", async () => {
  const bench = await newBench();
  const run = await bench.open();
  run.source.write("a");
  const { both } = change(run);
  const changing = run.flow.reconfigure(both);
  const closing = run.flow.close({ graceMs: 0, deliverMs: 60_000 });
  await bench.settled(Promise.all([changing, closing]));
  expect(run.flow.state).toBe("closed");
  expect(bench.sink.records).toEqual(["a"]);
  expect(await bench.files("w")).toEqual([]);
  expect(await bench.files("q")).toEqual([]);
});

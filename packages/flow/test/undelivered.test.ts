import type { JsonObject, SegmentInfo } from "@sewer/core";
import { FaultFileSystem } from "@sewer/testkit";
import { describe, expect, test } from "vitest";
import { newBench } from "./bench.ts";
import { MemorySink } from "./memory-sink.ts";

const sinkFault = { scope: "sink", retry: "temporary" } as const;

/** A sink that remembers when its batches began. */
class TimedSink extends MemorySink {
  readonly began = new Map<string, number>();

  override plan(segment: SegmentInfo): JsonObject {
    this.began.set(segment.batchId, segment.createdMs);
    return { path: `/memory/${segment.createdMs}/${segment.batchId}` };
  }

  /** Ids of batches that are not here, oldest first. */
  get missing(): string[] {
    return [...this.began.keys()].filter((id) => !this.batches.has(id));
  }
}

describe("what is undelivered", () => {
  test("is known from the first record on, in memory, until its batch is settled", async () => {
    const bench = await newBench();
    const run = bench.run();
    expect(await run.flow.undelivered()).toMatchObject({ isKnown: false });
    await bench.settled(run.flow.open());
    await bench.until(() => run.flow.status().delivery.spool?.started === true);
    expect(await run.flow.undelivered()).toEqual({
      asOfMs: bench.clock.now(),
      isKnown: true,
      sinks: new Map(),
    });
    bench.sink.fault = () => "hang";
    const firstMs = bench.clock.now();
    run.source.write("a");
    const inMemory = await run.flow.undelivered();
    const batchId = `${run.flow.status().ingest.incarnation ?? ""}-00000001`;
    const backlog = { oldestMs: firstMs, batchId, plan: { path: `/memory/${batchId}` } };
    expect(inMemory).toEqual({ asOfMs: firstMs, isKnown: true, sinks: new Map([["main", backlog]]) });
    await bench.until(() => bench.sink.running === 1, 20);
    expect((await run.flow.undelivered()).sinks).toEqual(new Map([["main", backlog]]));
    await bench.settled(run.flow.close({ graceMs: 0, deliverMs: 0 }), 20);
    expect(await run.flow.undelivered()).toMatchObject({ isKnown: false, sinks: new Map() });
    // The next start finds it on disk.
    bench.sink.fault = () => sinkFault;
    const next = await bench.open();
    await bench.until(() => next.flow.status().delivery.spool?.started === true);
    expect((await next.flow.undelivered()).sinks).toEqual(new Map([["main", backlog]]));
    bench.sink.fault = () => undefined;
    await bench.until(() => next.flow.status().delivery.sinks[0]?.delivered === 1, 20);
    expect((await next.flow.undelivered()).sinks).toEqual(new Map());
  });

  test("is told for each sink by itself", async () => {
    const bench = await newBench();
    const slow = new MemorySink();
    slow.fault = () => "hang";
    const run = await bench.open({ sinks: { fast: bench.sink, slow } });
    await bench.writeBatch(run, "a");
    await bench.until(() => run.flow.status().delivery.sinks[0]?.delivered === 1, 20);
    expect([...(await run.flow.undelivered()).sinks.keys()]).toEqual(["slow"]);
  });

  test("errs to the earlier side only, whatever moves meanwhile", async () => {
    const bench = await newBench();
    const sink = new TimedSink();
    const run = await bench.open({ sinks: { main: sink } });
    await bench.until(() => run.flow.status().delivery.spool?.started === true);
    let round = 0;
    let checked = 0;
    const isWritten = (text: string): boolean => {
      try {
        run.source.write(text);
        return true;
      } catch {
        // A disk that is slow today may have all buffers.
        return false;
      }
    };
    const ask = async (): Promise<void> => {
      round += 1;
      await bench.until(() => isWritten(`record ${round}`), 0);
      if (round % 3 === 0) bench.clock.advance(400);
      const before = sink.missing;
      const asked = bench.clock.now();
      let answer: Awaited<ReturnType<typeof run.flow.undelivered>> | undefined;
      void run.flow.undelivered().then((given) => (answer = given));
      await bench.until(() => answer !== undefined, round % 2 === 0 ? 7 : 90);
      // What was missing before the question and is missing still was missing all the time.
      const still = before.filter((id) => !sink.batches.has(id)).map((id) => sink.began.get(id)!);
      if (still.length > 0) checked += 1;
      const oldestMs = answer?.sinks.get("main")?.oldestMs ?? asked;
      expect(oldestMs, `round ${round}`).toBeLessThanOrEqual(Math.min(...still, asked));
      expect(answer?.asOfMs).toBe(asked);
    };
    for (let phase = 0; phase < 8; phase++) {
      // Batches pile up, then they move on.
      sink.fault = () => sinkFault;
      while (sink.missing.length < 4) await ask();
      sink.fault = () => undefined;
      const enough = sink.batches.size + 4;
      while (sink.batches.size < enough) await ask();
    }
    expect(checked).toBeGreaterThan(8);
    await bench.until(() => sink.missing.length === 0, 20);
    await bench.until(() => run.flow.status().delivery.spool?.sinks["main"]?.onDisk.batches === 0, 20);
    expect((await run.flow.undelivered()).sinks).toEqual(new Map());
  });

  test("is told of records that the disk does not take", async () => {
    const bench = await newBench();
    const fs = new FaultFileSystem();
    const run = await bench.open({ fs });
    await bench.until(() => run.flow.status().delivery.spool?.started === true);
    fs.judge = (operation, path) =>
      operation === "write" && path.endsWith(".open") ? { code: "ENOSPC" } : undefined;
    const firstMs = bench.clock.now();
    run.source.write("a");
    await bench.until(() => (run.flow.status().ingest.spool?.writeErrors ?? 0) > 0, 20);
    expect((await run.flow.undelivered()).sinks.get("main")).toMatchObject({ oldestMs: firstMs });
    fs.judge = () => undefined;
    await bench.until(() => bench.sink.records.length === 1, 20);
  });

  test("forgets a segment that was given up after a failed sync, once its records arrived in another", async () => {
    const bench = await newBench();
    const fs = new FaultFileSystem();
    const run = await bench.open({ fs, durability: "group" });
    await bench.until(() => run.flow.status().delivery.spool?.started === true);
    let hasFailed = false;
    fs.judge = (operation, path) => {
      if (hasFailed || operation !== "datasync" || !path.endsWith(".open")) return undefined;
      hasFailed = true;
      return { code: "EIO" };
    };
    const firstMs = bench.clock.now();
    run.source.write("a");
    expect((await run.flow.undelivered()).sinks.get("main")).toMatchObject({ oldestMs: firstMs });
    await bench.until(() => bench.sink.records.length === 1, 20);
    expect(hasFailed).toBe(true);
    await bench.until(() => run.flow.status().delivery.spool?.sinks["main"]?.onDisk.batches === 0, 20);
    expect((await run.flow.undelivered()).sinks).toEqual(new Map());
  });
});

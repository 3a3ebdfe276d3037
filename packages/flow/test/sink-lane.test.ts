import { SewerError } from "@sewer/core";
import { decodeRetryState, retryOptions, type RetryOptions, type RetryState } from "@sewer/retry";
import { ManualClock, seededRandom } from "@sewer/testkit";
import { describe, expect, test } from "vitest";
import { deliverySamples } from "../src/delivery-samples.ts";
import { SinkLane } from "../src/sink-lane.ts";
import { FakeBatch } from "./fake-batch.ts";
import { MemorySink } from "./memory-sink.ts";
import { RecordingLogger } from "./recording-logger.ts";
import { settle, until } from "./until.ts";

const sinkFault = { scope: "sink", retry: "temporary" } as const;
const batchFault = { scope: "batch", retry: "temporary" } as const;

interface Bench {
  readonly lane: SinkLane;
  readonly sink: MemorySink;
  readonly clock: ManualClock;
  readonly logger: RecordingLogger;
  readonly add: (...ids: string[]) => FakeBatch[];
}

function newBench(retry: RetryOptions = {}): Bench {
  const sink = new MemorySink();
  const clock = new ManualClock();
  const logger = new RecordingLogger();
  const lane = new SinkLane({
    journals: async () => [],
    flow: "pixel",
    name: "main",
    sink,
    retry: retryOptions.parse(retry),
    clock,
    random: seededRandom(1),
    logger,
    onChange: () => {},
  });
  const add = (...ids: string[]): FakeBatch[] => {
    const batches = ids.map((id) => new FakeBatch(id));
    for (const batch of batches) lane.add(batch);
    return batches;
  };
  return { lane, sink, clock, logger, add };
}

test("batches wait for the sink to open, which is tried again until it does", async () => {
  const { lane, sink, clock, logger, add } = newBench();
  sink.openFault = () => (sink.opens < 5 ? sinkFault : undefined);
  const [batch] = add("a");
  lane.start();
  await settle();
  expect(lane.status()).toMatchObject({ isOpen: false, isFailing: true, waiting: 1, running: 0 });
  expect(sink.attempts).toEqual([]);
  await until(() => sink.batches.size === 1, clock, 100);
  expect(sink.opens).toBe(5);
  expect(batch?.receipts).toEqual([{ destination: "/memory/a", records: 1, bytes: 1 }]);
  expect(logger.of("warn").length).toBe(1);
  expect(logger.of("info").map((line) => line.fields["failures"])).toEqual([4]);
  expect(lane.status()).toMatchObject({ isOpen: true, isFailing: false, waiting: 0, delivered: 1 });
});

test("at most `parallel` deliveries run", async () => {
  const { lane, sink, add } = newBench({ parallel: 3 });
  sink.fault = () => "hang";
  lane.start();
  add("a", "b", "c", "d", "e");
  await settle();
  expect(sink.attempts).toEqual(["a", "b", "c"]);
  expect(lane.status()).toMatchObject({ running: 3, waiting: 2, nextAttemptMs: undefined });
});

test("a batch at fault is tried maxAttempts times, then quarantined with the reason", async () => {
  const { lane, sink, clock, logger, add } = newBench({ maxAttempts: 3 });
  sink.fault = (batch) => (batch.id === "bad" ? batchFault : undefined);
  lane.start();
  const [bad] = add("bad", "good");
  await until(() => lane.counters.quarantined === 1, clock, 100);
  expect(sink.attempts).toEqual(["bad", "good", "bad", "bad"]);
  expect(bad?.reasons).toEqual(["SEWER_TEST_FAULT: the test says so"]);
  expect(logger.of("error").map((line) => line.fields["batch"])).toEqual(["bad"]);
  expect(lane.status()).toMatchObject({ waiting: 0, running: 0, delivered: 1, quarantined: 1 });
  expect(lane.counters).toMatchObject({ batchErrors: 3, sinkErrors: 0 });
});

describe("retryNow", () => {
  test("what waits is tried at once, and only what is named", async () => {
    const { lane, sink, add } = newBench({ base: "1h", cap: "1h" });
    sink.fault = () => batchFault;
    lane.start();
    add("a", "b");
    await settle();
    expect(sink.attempts).toEqual(["a", "b"]);
    sink.fault = () => undefined;
    expect(lane.retryNow((id) => id === "b")).toEqual({
      flow: "pixel",
      sink: "main",
      batchIds: ["b"],
      isProbed: false,
    });
    await settle();
    expect([...sink.batches.keys()]).toEqual(["b"]);
    expect(lane.retryNow(() => true).batchIds).toEqual(["a"]);
    await settle();
    expect(lane.status()).toMatchObject({ waiting: 0, delivered: 2 });
  });

  test("a sink that is left alone is probed at once", async () => {
    const { lane, sink, add } = newBench();
    sink.fault = () => sinkFault;
    lane.start();
    add("a", "b", "c");
    await settle();
    expect(lane.breaker.state).toBe("open");
    sink.fault = () => undefined;
    expect(lane.retryNow(() => true)).toMatchObject({ batchIds: ["a", "b", "c"], isProbed: true });
    await settle();
    expect(sink.batches.size).toBe(3);
  });

  test("a sink that waits to be opened is opened at once", async () => {
    const { lane, sink, add } = newBench();
    sink.openFault = () => sinkFault;
    lane.start();
    add("a");
    await settle();
    expect(lane.status()).toMatchObject({ isOpen: false, waiting: 1 });
    sink.openFault = () => undefined;
    expect(lane.retryNow(() => true)).toMatchObject({ batchIds: [], isProbed: true });
    await settle();
    expect(lane.status()).toMatchObject({ isOpen: true, waiting: 0, delivered: 1 });
  });
});

test("a fault of the sink never quarantines, and its end is told", async () => {
  const { lane, sink, clock, logger, add } = newBench({ maxAttempts: 1 });
  let isDown = true;
  sink.fault = () => (isDown ? sinkFault : undefined);
  lane.start();
  const batches = add("a", "b", "c");
  await until(() => sink.attempts.length === 20, clock, 1000);
  await settle();
  expect(lane.status()).toMatchObject({ isFailing: true, breaker: "open", waiting: 3, delivered: 0 });
  expect(lane.status().lastFailure).toMatchObject({ code: "SEWER_TEST_FAULT" });
  expect(lane.status().nextAttemptMs).toBeGreaterThanOrEqual(clock.now());
  isDown = false;
  await until(() => lane.counters.delivered === 3, clock, 1000);
  expect(lane.status()).toMatchObject({ isFailing: false, breaker: "closed" });
  expect(batches.flatMap((batch) => batch.reasons)).toEqual([]);
  expect(logger.of("info").map((line) => line.message)).toEqual(["the sink takes batches again"]);
});

test("metrics tell how the sink is treated", async () => {
  const { lane, sink, clock, add } = newBench();
  let fault: "hang" | typeof sinkFault = sinkFault;
  sink.fault = () => fault;
  const values = (): Record<string, number> => {
    const samples = [...deliverySamples("pixel", new Map([["main", lane]]))];
    return Object.fromEntries(
      samples
        .filter(({ name }) => /^sewer_(?:retry_(?!attempts)|sink_failing)/.test(name))
        .map(({ name, labels, value }) => [`${name} ${labels?.["state"] ?? ""}`.trim(), value]),
    );
  };
  const healthy = {
    sewer_sink_failing: 0,
    sewer_retry_batches: 0,
    "sewer_retry_breaker_state closed": 1,
    "sewer_retry_breaker_state open": 0,
    "sewer_retry_breaker_state half-open": 0,
    sewer_retry_breaker_openings_total: 0,
    sewer_retry_probes_total: 0,
    sewer_retry_slots: 4,
    sewer_retry_running: 0,
    sewer_retry_running_bytes: 0,
  };
  expect(values()).toEqual(healthy);
  lane.start();
  add("a", "b", "c");
  await until(() => lane.counters.sinkErrors === 3, clock, 0);
  fault = "hang";
  await until(() => lane.running === 1, clock);
  expect(values()).toEqual({
    ...healthy,
    sewer_sink_failing: 1,
    sewer_retry_batches: 2,
    "sewer_retry_breaker_state closed": 0,
    "sewer_retry_breaker_state half-open": 1,
    sewer_retry_breaker_openings_total: 1,
    sewer_retry_probes_total: 1,
    sewer_retry_slots: 1,
    sewer_retry_running: 1,
    sewer_retry_running_bytes: 8,
  });
});

test("an error that nobody classified counts as the sink's", async () => {
  const { lane, sink, clock, add } = newBench({ maxAttempts: 1 });
  sink.fault = () => {
    if (sink.attempts.length < 4) throw new TypeError("x is not a function");
    return undefined;
  };
  lane.start();
  add("a");
  await until(() => lane.counters.delivered === 1, clock, 1000);
  expect(lane.counters.sinkErrors).toBe(3);
  expect(lane.status().lastFailure).toMatchObject({
    code: "SEWER_SINK_FAILED",
    message: "x is not a function",
  });
});

test("a batch whose acknowledgement fails is delivered again", async () => {
  const { lane, sink, clock, add } = newBench();
  lane.start();
  const [batch] = [new FakeBatch("a")];
  batch.acknowledgeFault = new SewerError("SEWER_SPOOL_NOT_DURABLE", "EIO");
  lane.add(batch);
  await until(() => sink.attempts.length === 3, clock, 1000);
  batch.acknowledgeFault = undefined;
  await until(() => lane.counters.delivered === 1, clock, 1000);
  expect(batch.receipts.length).toBe(1);
  expect(add("b").length).toBe(1);
  await until(() => lane.counters.delivered === 2, clock, 1000);
});

test("a batch that cannot be moved to quarantine stays and is tried again", async () => {
  const { lane, sink, clock, logger } = newBench({ maxAttempts: 1 });
  sink.fault = () => batchFault;
  lane.start();
  const batch = new FakeBatch("bad");
  batch.quarantineFault = new Error("EIO");
  lane.add(batch);
  await until(() => sink.attempts.length === 3, clock, 1000);
  expect(logger.of("warn")[0]?.fields["code"]).toBe("SEWER_QUARANTINE_FAILED");
  expect(lane.counters.quarantined).toBe(0);
  batch.quarantineFault = undefined;
  await until(() => lane.counters.quarantined === 1, clock, 1000);
});

test("a delivery that takes too long is aborted, counts as the sink's, and is tried again", async () => {
  const { lane, sink, clock, add } = newBench({ deliverTimeout: "10m", maxAttempts: 1 });
  sink.fault = () => (sink.attempts.length < 2 ? "hang" : undefined);
  lane.start();
  add("a");
  await until(() => sink.attempts.length === 1, clock, 0);
  clock.advance(599_999);
  await settle();
  expect([lane.running, lane.counters.sinkErrors]).toEqual([1, 0]);
  clock.advance(1);
  await until(() => lane.counters.sinkErrors === 1, clock, 0);
  expect(lane.status().lastFailure).toMatchObject({ code: "SEWER_DELIVERY_TIMEOUT", batchId: "a" });
  await until(() => lane.counters.delivered === 1, clock, 1000);
});

test("a batch is not tried again while an attempt at it does not end", async () => {
  const { lane, sink, clock, add } = newBench({ deliverTimeout: "1s" });
  const forever = new Promise<never>(() => {});
  let attempts = 0;
  sink.deliver = () => {
    attempts += 1;
    return forever;
  };
  lane.start();
  add("a");
  await until(() => attempts === 1, clock, 0);
  clock.advance(3_600_000);
  await settle();
  expect([attempts, lane.running]).toEqual([1, 1]);
});

describe("what is known of attempts", () => {
  const stateOf = (batch: FakeBatch): RetryState | undefined => decodeRetryState(batch.kept.at(-1)!);

  test("is kept before each attempt at a recovered batch, and after one that failed", async () => {
    const { lane, sink, clock } = newBench({ maxAttempts: 3 });
    sink.fault = () => (sink.attempts.length < 3 ? batchFault : undefined);
    lane.start();
    const batch = new FakeBatch("a", "recovered");
    lane.add(batch);
    await until(() => lane.counters.delivered === 1, clock, 1000);
    const counts = batch.kept.map((bytes) => {
      const { attempts, unfinished, batchFailures } = decodeRetryState(bytes)!;
      return [attempts, unfinished, batchFailures];
    });
    expect(counts).toEqual([
      [1, 1, 0],
      [1, 0, 1],
      [2, 1, 1],
      [2, 0, 2],
      [3, 1, 2],
    ]);
  });

  test("is not kept of a fresh batch that does not fail", async () => {
    const { lane, clock, add } = newBench();
    lane.start();
    const [batch] = add("a");
    await until(() => lane.counters.delivered === 1, clock, 1000);
    expect(batch?.kept).toEqual([]);
  });

  test("counts after a restart: failures towards maxAttempts, kills never", async () => {
    const first = newBench({ maxAttempts: 3 });
    first.sink.fault = () => batchFault;
    first.lane.start();
    const batch = new FakeBatch("a", "recovered");
    first.lane.add(batch);
    await until(() => first.lane.counters.batchErrors === 2, first.clock, 1000);
    await first.lane.close(new AbortController().signal);
    const second = newBench({ maxAttempts: 3 });
    second.sink.fault = () => batchFault;
    second.lane.start();
    second.lane.add(batch);
    await until(() => second.lane.counters.quarantined === 1, second.clock, 1000);
    expect(second.lane.counters.batchErrors).toBe(1);
  });

  test("a clean stop is no unfinished attempt", async () => {
    const { lane, sink, clock } = newBench();
    sink.fault = () => "hang";
    lane.start();
    const batch = new FakeBatch("a", "recovered");
    lane.add(batch);
    await until(() => sink.attempts.length === 1, clock, 0);
    expect(stateOf(batch)?.unfinished).toBe(1);
    await lane.close(new AbortController().signal);
    expect(stateOf(batch)).toMatchObject({ attempts: 1, unfinished: 0 });
  });

  test("a batch that three processes died of is delivered last and alone", async () => {
    const { lane, sink, clock } = newBench();
    const killer = new FakeBatch("killer", "recovered");
    for (let life = 0; life < 3; life += 1) {
      const bench = newBench();
      bench.sink.fault = () => "hang";
      bench.lane.start();
      bench.lane.add(killer);
      // This life ends here: nobody closes the lane.
      await until(() => bench.sink.attempts.length === 1, bench.clock, 0);
    }
    lane.start();
    let isHanging = true;
    sink.fault = () => (isHanging ? "hang" : undefined);
    for (const batch of [new FakeBatch("a", "recovered"), killer, new FakeBatch("b", "recovered")]) {
      lane.add(batch);
    }
    await until(() => sink.attempts.length === 2, clock, 0);
    await settle();
    expect([...sink.attempts, lane.waiting]).toEqual(["a", "b", 1]);
    isHanging = false;
    clock.advance(1_800_000);
    await until(() => lane.counters.delivered === 3, clock, 1000);
    expect(sink.runningMax).toBe(2);
  });

  test("what cannot be written is told, and holds up nothing", async () => {
    const { lane, clock, logger } = newBench();
    lane.start();
    const batch = new FakeBatch("a", "recovered");
    batch.saveFault = new Error("ENOSPC");
    lane.add(batch);
    await until(() => lane.counters.delivered === 1, clock, 1000);
    expect(logger.of("warn").map((line) => line.fields["code"])).toEqual(["SEWER_ATTEMPTS_NOT_KEPT"]);
  });

  test("a batch that is withdrawn while it is read is not delivered", async () => {
    const { lane, sink, add } = newBench();
    lane.start();
    const [batch] = add("a");
    expect(lane.waiting).toBe(1);
    lane.withdraw(batch!);
    await settle();
    expect([lane.waiting, sink.attempts, lane.nextMs]).toEqual([0, [], undefined]);
  });
});

describe("closing", () => {
  test("aborts what runs, begins nothing, closes the sink", async () => {
    const { lane, sink, clock, logger, add } = newBench({ parallel: 2 });
    sink.fault = () => "hang";
    lane.start();
    add("a", "b", "c");
    await settle();
    await lane.close(new AbortController().signal);
    clock.advance(3_600_000);
    await settle();
    expect(sink.attempts).toEqual(["a", "b"]);
    expect(lane.counters).toMatchObject({ aborted: 2, delivered: 0, sinkErrors: 0 });
    expect(sink.closes).toBe(1);
    expect(logger.of("warn")).toEqual([]);
  });

  test("a delivery that succeeds in spite of it counts", async () => {
    const { lane, sink, add } = newBench();
    lane.start();
    const [batch] = add("a");
    await settle();
    await lane.close(new AbortController().signal);
    expect(sink.batches.size).toBe(1);
    expect(batch?.receipts.length).toBe(1);
    expect(lane.counters.delivered).toBe(1);
  });

  test("does not wait for a sink that ignores every signal longer than it is told", async () => {
    const { lane, sink, logger, add } = newBench();
    const forever = new Promise<never>(() => {});
    sink.deliver = () => forever;
    sink.close = () => forever;
    lane.start();
    add("a");
    await settle();
    const cut = new AbortController();
    const closed = lane.close(cut.signal);
    await settle();
    cut.abort();
    await closed;
    expect(logger.of("warn").map((line) => line.fields["running"])).toEqual([1]);
  });

  test("ends the tries to open", async () => {
    const { lane, sink, clock } = newBench();
    sink.openFault = () => sinkFault;
    lane.start();
    await until(() => sink.opens === 3, clock, 100);
    await lane.close(new AbortController().signal);
    clock.advance(3_600_000);
    await settle();
    expect(sink.opens).toBe(3);
  });
});

import { SewerError, silentLogger, type Batch } from "@sewer/core";
import { exampleMeta, ManualClock, seededRandom } from "@sewer/testkit";
import { beforeEach, describe, expect, test } from "vitest";
import { FilePublisher, formatOptions, type FormatOptions } from "../src/index.ts";
import { batchId, batchOf, events, schema, type BatchOptions } from "./events.ts";
import { MemoryStore } from "./memory-store.ts";

const path = `/out/data-${batchId}.seq`;
const never = new AbortController().signal;
let store: MemoryStore;
let publisher: FilePublisher;

beforeEach(() => {
  store = new MemoryStore();
  publisher = newPublisher();
});

function newPublisher(clock = new ManualClock()): FilePublisher {
  return new FilePublisher({ store, sink: "main", clock, random: seededRandom(1), logger: silentLogger });
}

function batch(options: Partial<BatchOptions> & { format?: FormatOptions } = {}): Batch {
  return batchOf({ plan: { path, format: formatOptions.parse(options.format ?? {}) }, ...options });
}

function failAt(step: string, times: number, error: () => Error): void {
  let left = times;
  store.fail = (at) => {
    if (at === step && left-- > 0) throw error();
  };
}

const again = (): Error => new SewerError("TEST_AGAIN", "one bad DataNode");
const down = (): Error => new SewerError("TEST_DOWN", "the cluster is down");

test("writes under a temporary name, verifies, publishes", async () => {
  const receipt = await publisher.deliver(batch(), never);
  expect(store.steps).toEqual(["write", "written", "verify", "publish", "published"]);
  expect([...store.files.keys()]).toEqual([path]);
  expect(receipt).toEqual({
    destination: `memory:${path}`,
    records: 10,
    bytes: store.files.get(path)?.length,
    checksum: "test:1",
  });
});

test("SNK-11: temporary names are hidden, in the same directory, and new for each attempt", async () => {
  const names: string[] = [];
  store.fail = (step, name) => {
    if (step === "write") names.push(name);
    if (step === "verify") throw again();
  };
  await expect(publisher.deliver(batch(), never)).rejects.toMatchObject({ code: "TEST_AGAIN" });
  expect(new Set(names).size).toBe(3);
  for (const name of names) expect(name).toMatch(/^\/out\/\.data-01JDEF\w+-00000001\.seq\.[0-9A-Z]{26}$/);
  expect([...store.files.keys()]).toEqual([]);
  expect(publisher.statistics.attemptsFailed).toBe(3);
});

test("SNK-3: redelivery finds the records there and says so", async () => {
  await publisher.deliver(batch(), never);
  const first = store.files.get(path);
  const receipt = await publisher.deliver(batch(), never);
  expect(receipt).toEqual({ destination: `memory:${path}`, records: 10, bytes: first?.length });
  expect([...store.files.keys()]).toEqual([path]);
  expect(store.files.get(path)).toBe(first);
  expect(publisher.statistics.alreadyThere).toBe(1);
});

test("the same records in other bytes are the same batch", async () => {
  await publisher.deliver(batch({ format: { level: 9 } }), never);
  await expect(publisher.deliver(batch({ format: { level: 1 } }), never)).resolves.toMatchObject({
    records: 10,
  });
});

describe("SNK-4: something else is there", () => {
  test.each([
    ["other records", async () => newPublisher().deliver(batch({ events: events(10, 7) }), never)],
    ["fewer records", async () => newPublisher().deliver(batch({ events: events(9) }), never)],
    ["no SequenceFile", async () => store.files.set(path, Buffer.from("hello, this is no SequenceFile"))],
    ["an empty file", async () => store.files.set(path, Buffer.alloc(0))],
    [
      "a cut file",
      async () => {
        await newPublisher().deliver(batch(), never);
        store.files.set(path, store.files.get(path)!.subarray(0, -1));
      },
    ],
  ])("%s: a conflict, left as it is", async (_, prepare) => {
    await prepare();
    const before = store.files.get(path);
    await expect(publisher.deliver(batch(), never)).rejects.toMatchObject({
      code: "SEWER_FILE_CONFLICT",
      scope: "batch",
      retry: "permanent",
    });
    expect(store.files.get(path)).toBe(before);
    expect([...store.files.keys()]).toEqual([path]);
    expect(publisher.statistics.conflicts).toBe(1);
  });

  test("a failure to read it back is the store's and no conflict", async () => {
    await publisher.deliver(batch(), never);
    failAt("read", 1, down);
    await expect(publisher.deliver(batch(), never)).rejects.toMatchObject({
      code: "TEST_DOWN",
      scope: "sink",
    });
  });
});

describe("failures", () => {
  test.each(["write", "written", "verify"])(
    "at %s: nothing is left, and the next delivery succeeds",
    async (step) => {
      failAt(step, 1, down);
      await expect(publisher.deliver(batch(), never)).rejects.toMatchObject({ code: "TEST_DOWN" });
      expect([...store.files.keys()]).toEqual([]);
      await publisher.deliver(batch(), never);
      expect([...store.files.keys()]).toEqual([path]);
    },
  );

  test("at publish: what is verified is published by the next delivery, and not written again", async () => {
    failAt("publish", 1, down);
    const one = batch();
    await expect(publisher.deliver(one, never)).rejects.toMatchObject({ code: "TEST_DOWN" });
    store.steps.length = 0;
    const receipt = await newPublisher().deliver(one, never);
    expect(store.steps).toEqual(["publish", "published"]);
    expect(receipt).toMatchObject({ records: 10, bytes: store.files.get(path)?.length, checksum: "test:1" });
    expect(receipt.keepsJournal).toBeUndefined();
    expect([...store.files.keys()]).toEqual([path]);
  });

  test("a lost answer of publish: the next delivery finds that it was done", async () => {
    failAt("published", 1, down);
    const one = batch();
    await expect(publisher.deliver(one, never)).rejects.toMatchObject({ code: "TEST_DOWN" });
    expect([...store.files.keys()]).toEqual([path]);
    await expect(publisher.deliver(one, never)).resolves.toMatchObject({ records: 10 });
    expect([...store.files.keys()]).toEqual([path]);
    expect(publisher.statistics.alreadyThere).toBe(0);
  });

  test("a verified file that is nowhere: an alarm, and the batch is written again", async () => {
    failAt("publish", 1, down);
    const one = batch();
    await expect(publisher.deliver(one, never)).rejects.toMatchObject({ code: "TEST_DOWN" });
    store.files.clear();
    await expect(publisher.deliver(one, never)).resolves.toMatchObject({ records: 10 });
    expect([...store.files.keys()]).toEqual([path]);
    expect(publisher.statistics.vanished).toBe(1);
  });

  test("a path that cannot be: the verified file is withdrawn before the batch may be quarantined", async () => {
    const refused = { scope: "batch", retry: "permanent" } as const;
    store.fail = (step) => {
      if (step === "publish") throw new SewerError("TEST_PATH", "it is a directory", refused);
      if (step === "withdraw" && store.steps.filter((at) => at === "withdraw").length === 1) throw down();
    };
    const one = batch();
    await expect(publisher.deliver(one, never)).rejects.toMatchObject({ code: "TEST_DOWN", scope: "sink" });
    await expect(publisher.deliver(one, never)).rejects.toMatchObject({ code: "TEST_PATH", scope: "batch" });
    expect(store.files.size).toBe(0);
    store.fail = () => {};
    await expect(publisher.deliver(one, never)).resolves.toMatchObject({ records: 10 });
  });

  test("notes of a newer version: nothing is done", async () => {
    const one = batch();
    await one.note(Buffer.from('{"v":2,"step":"leased"}'));
    await expect(publisher.deliver(one, never)).rejects.toMatchObject({
      code: "SEWER_FILE_JOURNAL_UNKNOWN",
      scope: "batch",
    });
    expect(store.steps).toEqual([]);
  });

  test.each([1, 2])("%i faults of one attempt are retried at once", async (times) => {
    failAt("written", times, again);
    await publisher.deliver(batch(), never);
    expect([...store.files.keys()]).toEqual([path]);
    expect(publisher.statistics.attemptsFailed).toBe(times);
  });

  test("what could not be deleted is deleted before the next attempt of the same batch", async () => {
    store.fail = (step) => {
      if (step === "verify" || step === "remove") throw down();
    };
    const one = batch();
    await expect(publisher.deliver(one, never)).rejects.toMatchObject({ code: "TEST_DOWN" });
    expect(store.files.size).toBe(1);
    expect(publisher.statistics.cleanupsFailed).toBe(1);
    const other = `/out/.other-${batchId}.seq.01JDEF0000000000000000ABCD`;
    store.files.set(other, Buffer.alloc(0));
    store.fail = () => {};
    store.steps.length = 0;
    await publisher.deliver(one, never);
    expect(store.steps.slice(0, 3)).toEqual(["list", "remove", "write"]);
    expect([...store.files.keys()].sort()).toEqual([other, path].sort());
  });

  test.each(["recovered", "adopted"] as const)("left-overs of an earlier process go: %s", async (origin) => {
    const leftOver = `/out/.data-${batchId}.seq.01JDEF0000000000000000ABCD`;
    const foreign = `/out/.data-${batchId}.seq.crc`;
    store.files.set(leftOver, Buffer.alloc(0)).set(foreign, Buffer.alloc(0));
    await publisher.deliver(batch({ origin }), never);
    expect([...store.files.keys()].sort()).toEqual([foreign, path].sort());
  });

  test("a failed clean-up after success does not fail the delivery", async () => {
    let verifications = 0;
    store.fail = (step) => {
      if (step === "verify" && ++verifications === 1) throw again();
      if (step === "list") throw down();
    };
    const receipt = await publisher.deliver(batch(), never);
    expect(receipt.keepsJournal).toBe(true);
    expect(publisher.statistics.cleanupsFailed).toBe(1);
  });

  test("a failure that nobody classified never counts against the batch", async () => {
    failAt("verify", 1, () => new TypeError("oops"));
    await expect(publisher.deliver(batch(), never)).rejects.toMatchObject({
      code: "SEWER_FILE_FAILED",
      scope: "sink",
      retry: "temporary",
    });
  });

  test("SNK-5: another count than the spool's publishes nothing", async () => {
    await expect(publisher.deliver(batch({ readableCount: 9 }), never)).rejects.toMatchObject({
      code: "SEWER_FILE_RECORD_COUNT",
    });
    expect(store.steps).not.toContain("publish");
    expect(store.files.size).toBe(0);
  });
});

describe("SNK-6: abort", () => {
  test.each(["write", "written", "verify"])("at %s leaves nothing", async (step) => {
    const abort = new AbortController();
    store.fail = (at) => {
      if (at === step) abort.abort();
    };
    await expect(publisher.deliver(batch(), abort.signal)).rejects.toMatchObject({
      code: "SEWER_FILE_ABORTED",
      scope: "sink",
    });
    expect(store.files.size).toBe(0);
  });

  test("clean-up is bounded in time", async () => {
    const clock = new ManualClock();
    publisher = newPublisher(clock);
    failAt("verify", 1, down);
    store.remove = (_path, signal: AbortSignal) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(new Error("took too long")));
        queueMicrotask(() => clock.advance(5000));
      });
    await expect(publisher.deliver(batch(), never)).rejects.toMatchObject({ code: "TEST_DOWN" });
    expect(publisher.statistics.cleanupsFailed).toBe(1);
    expect(clock.pending).toBe(0);
  });
});

test("a batch with no readable record makes no file", async () => {
  const receipt = await publisher.deliver(batch({ events: [] }), never);
  expect(receipt).toEqual({ destination: `memory:${path}`, records: 0, bytes: 0 });
  expect(store.steps).toEqual([]);
});

describe("the plan in the meta is not trusted", () => {
  const format = { type: "sequencefile" };
  test.each([
    [undefined],
    [{ format }],
    [{ path: 7, format }],
    [{ path: "relative/x", format }],
    [{ path: "/a/../b", format }],
    [{ path: "/a//b", format }],
    [{ path: "/a/.b", format }],
    [{ path: "/a/", format }],
    [{ path: "/a\nb", format }],
    [{ path: "/a/b", format: { type: "avro" } }],
  ])("%j", async (plan) => {
    const meta = exampleMeta({ schema, sinks: plan === undefined ? {} : { main: plan } });
    await expect(publisher.deliver({ ...batch(), meta }, never)).rejects.toMatchObject({
      code: "SEWER_FILE_PLAN_INVALID",
      scope: "batch",
      retry: "permanent",
    });
    expect(store.steps).toEqual([]);
  });
});

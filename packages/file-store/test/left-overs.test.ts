import { SewerError, silentLogger, type Batch, type BatchOrigin } from "@sewer/core";
import { ManualClock, seededRandom } from "@sewer/testkit";
import { beforeEach, describe, expect, test } from "vitest";
import { FilePublisher, formatOptions } from "../src/index.ts";
import { batchOf } from "./events.ts";
import { MemoryStore } from "./memory-store.ts";

const never = new AbortController().signal;
const format = formatOptions.parse({});
let store: MemoryStore;
let publisher: FilePublisher;

beforeEach(() => {
  store = new MemoryStore();
  const [clock, random] = [new ManualClock(), seededRandom(1)];
  publisher = new FilePublisher({ store, sink: "main", clock, random, logger: silentLogger });
});

/** The n-th batch of a backlog. */
function batch(n: number, options: { directory?: string; origin?: BatchOrigin } = {}): Batch {
  const { directory = "/out", origin = "recovered" } = options;
  const id = `01JDEF0000000000000000ABCD-${String(n).padStart(8, "0")}`;
  return batchOf({ id, origin, plan: { path: `${directory}/data-${id}.seq`, format } });
}

function leftOverOf(n: number): string {
  return `/out/.data-01JDEF0000000000000000ABCD-${String(n).padStart(8, "0")}.seq.01JDEF0000000000000000ABCD`;
}

function temporaryFiles(): string[] {
  return [...store.files.keys()].filter((name) => name.startsWith("/out/."));
}

function listings(): number {
  return store.steps.filter((step) => step === "list").length;
}

test("a directory is looked at once for a whole backlog, and what was left there goes", async () => {
  for (const n of [3, 7]) store.files.set(leftOverOf(n), Buffer.alloc(0));
  for (let n = 1; n <= 10; n++) await publisher.deliver(batch(n), never);
  expect(temporaryFiles()).toEqual([]);
  // Of the directory, and for each of the two batches that had left something.
  expect(listings()).toBe(3);
  for (let n = 1; n <= 10; n++) await publisher.deliver(batch(n, { directory: "/next" }), never);
  expect(listings()).toBe(4);
});

test("it is looked at again when the first look fails", async () => {
  store.files.set(leftOverOf(1), Buffer.alloc(0));
  store.fail = (step) => {
    if (step === "list") throw new SewerError("TEST_DOWN", "the cluster is down");
  };
  await expect(publisher.deliver(batch(1), never)).rejects.toMatchObject({ code: "TEST_DOWN" });
  store.fail = () => {};
  await publisher.deliver(batch(1), never);
  expect(temporaryFiles()).toEqual([]);
});

test("what could not be deleted is found by the next delivery, though nothing was begun", async () => {
  store.files.set(leftOverOf(1), Buffer.alloc(0));
  store.fail = (step) => {
    if (step === "remove") throw new SewerError("TEST_DOWN", "the cluster is down");
  };
  await expect(publisher.deliver(batch(1), never)).rejects.toMatchObject({ code: "TEST_DOWN" });
  store.fail = () => {};
  await publisher.deliver(batch(1), never);
  expect(temporaryFiles()).toEqual([]);
});

describe("what was seen counts no more", () => {
  test("for a batch that this process has begun", async () => {
    await publisher.deliver(batch(1), never);
    store.fail = (step) => {
      if (step === "verify" || step === "remove") throw new SewerError("TEST_DOWN", "the cluster is down");
    };
    const one = batch(2);
    await expect(publisher.deliver(one, never)).rejects.toMatchObject({ code: "TEST_DOWN" });
    expect(temporaryFiles()).toHaveLength(1);
    store.fail = () => {};
    store.steps.length = 0;
    await publisher.deliver(one, never);
    expect(store.steps.slice(0, 3)).toEqual(["list", "remove", "write"]);
    expect(temporaryFiles()).toEqual([]);
  });

  test("when another process may have delivered meanwhile", async () => {
    await publisher.deliver(batch(1), never);
    publisher.stop();
    store.files.set(leftOverOf(2), Buffer.alloc(0));
    await publisher.start([]);
    await publisher.deliver(batch(2), never);
    expect(temporaryFiles()).toEqual([]);
  });
});

test("with more temporary files than are remembered every batch looks for itself", async () => {
  for (let n = 1; n <= 10_001; n++) store.files.set(leftOverOf(n), Buffer.alloc(0));
  await publisher.deliver(batch(10_001), never);
  await publisher.deliver(batch(20_000), never);
  expect(temporaryFiles()).toHaveLength(10_000);
  expect(listings()).toBe(3);
});

test("of many directories the first are looked at again", async () => {
  for (let n = 1; n <= 17; n++) await publisher.deliver(batch(n, { directory: `/hour-${n}` }), never);
  expect(listings()).toBe(17);
  await publisher.deliver(batch(18, { directory: "/hour-17" }), never);
  expect(listings()).toBe(17);
  await publisher.deliver(batch(18, { directory: "/hour-1" }), never);
  expect(listings()).toBe(18);
});

test("a fresh batch has nothing to look for", async () => {
  await publisher.deliver(batch(1, { origin: "fresh" }), never);
  expect(listings()).toBe(0);
});

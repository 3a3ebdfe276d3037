import { describe, expect, test } from "vitest";
import {
  newQueue,
  ownPermanent,
  ownTemporary,
  sinkPermanent,
  sinkTemporary,
  takeAll,
  takeNext,
} from "./bench.ts";

describe("giving out", () => {
  test("items come in the order they were added, at once, up to `parallel`", () => {
    const { queue } = newQueue({ parallel: 2 });
    for (const item of ["a", "b", "c"]) queue.add(item);
    expect([queue.take(), queue.take(), queue.take()]).toEqual(["a", "b", undefined]);
    expect([queue.waiting, queue.running, queue.nextDueMs]).toEqual([1, 2, undefined]);
    queue.succeeded("b");
    expect(queue.take()).toBe("c");
  });

  test("an empty queue has no due time", () => {
    const { queue } = newQueue();
    expect(queue.nextDueMs).toBeUndefined();
    expect(queue.take()).toBeUndefined();
  });

  test("nothing comes before nextDueMs, and something does at it", () => {
    const { queue, clock } = newQueue({ base: "1h", cap: "1h" });
    queue.add("a");
    queue.take();
    queue.failed("a", ownTemporary);
    const dueMs = queue.nextDueMs ?? NaN;
    clock.advance(dueMs - clock.monotonic() - 1);
    expect(queue.take()).toBeUndefined();
    clock.advance(1);
    expect(queue.take()).toBe("a");
  });

  test("a report about an item that does not run is a programmer error", () => {
    const { queue } = newQueue();
    queue.add("a");
    expect(() => queue.succeeded("a")).toThrow("not running");
    queue.take();
    queue.succeeded("a");
    expect(() => queue.failed("a", sinkTemporary)).toThrow("not running");
  });
});

describe("retryNow", () => {
  test("what waits after its own failure is due at once, what is not named waits on", () => {
    const { queue } = newQueue({ base: "1h", cap: "1h", parallel: 4 });
    for (const item of ["a", "b"]) {
      queue.add(item);
      queue.take();
      queue.failed(item, ownTemporary);
    }
    queue.add("fresh");
    expect(queue.take()).toBe("fresh");
    expect(queue.take()).toBeUndefined();
    expect(queue.retryNow((item) => item === "b")).toEqual({ items: ["b"], isProbeDue: false });
    expect([queue.take(), queue.take()]).toEqual(["b", undefined]);
    expect(queue.retryNow()).toEqual({ items: ["a"], isProbeDue: false });
    expect(queue.take()).toBe("a");
    // It runs, so it does not wait.
    expect(queue.retryNow().items).toEqual([]);
  });

  test("an open breaker lets one probe through at once, and no more", () => {
    const { queue } = newQueue({ parallel: 3 });
    for (const item of ["a", "b", "c"]) queue.add(item);
    for (const item of takeAll(queue)) queue.failed(item, sinkTemporary);
    expect(queue.breaker.state).toBe("open");
    expect(queue.take()).toBeUndefined();
    expect(queue.retryNow(() => false)).toEqual({ items: [], isProbeDue: true });
    expect(queue.breaker.state).toBe("half-open");
    const probe = queue.take() ?? "";
    expect(queue.take()).toBeUndefined();
    expect(queue.retryNow().isProbeDue).toBe(false);
    expect(queue.take()).toBeUndefined();
    queue.failed(probe, sinkTemporary);
    expect(queue.breaker.state).toBe("open");
  });
});

describe("withdrawing", () => {
  test("an item that waits leaves the queue, and the others come as before", () => {
    const { queue } = newQueue();
    for (const item of ["a", "b", "c"]) queue.add(item);
    expect(queue.withdraw("b")).toBe(true);
    expect(queue.waiting).toBe(2);
    expect([queue.take(), queue.take(), queue.take()]).toEqual(["a", "c", undefined]);
  });

  test("an item that waits after a failure is no longer counted as retrying", () => {
    const { queue, clock } = newQueue();
    queue.add("a");
    queue.take();
    queue.failed("a", ownTemporary);
    expect(queue.withdraw("a")).toBe(true);
    expect([queue.waiting, queue.retrying, queue.nextDueMs]).toEqual([0, 0, undefined]);
    clock.advance(3_600_000);
    expect(queue.take()).toBeUndefined();
  });

  test("an item that runs, is done or was never added stays as it is", () => {
    const { queue } = newQueue();
    queue.add("a");
    queue.take();
    expect(queue.withdraw("a")).toBe(false);
    expect(queue.running).toBe(1);
    queue.succeeded("a");
    expect([queue.withdraw("a"), queue.withdraw("b")]).toEqual([false, false]);
  });
});

describe("failures that are the batch's own", () => {
  test("one that waits holds up nobody", () => {
    const { queue } = newQueue({ base: "1h", cap: "1h", parallel: 1 });
    queue.add("bad");
    queue.add("good");
    queue.take();
    queue.failed("bad", ownTemporary);
    expect(queue.take()).toBe("good");
    expect([queue.waiting, queue.retrying, queue.isSinkFailing]).toEqual([1, 1, false]);
  });

  test("maxAttempts of them are a quarantine, and no fewer", () => {
    const { queue, clock } = newQueue({ maxAttempts: 3 });
    queue.add("bad");
    const decisions = [1, 2, 3].map(() => {
      takeNext(queue, clock);
      return queue.failed("bad", ownTemporary);
    });
    expect(decisions.map((decision) => decision.kind)).toEqual(["retry", "retry", "quarantine"]);
    expect(decisions[2]).toEqual({ kind: "quarantine", attempts: 3 });
    queue.removed("bad");
    expect([queue.waiting, queue.running, queue.retrying]).toEqual([0, 0, 0]);
  });

  test("a permanent one is a quarantine at once", () => {
    const { queue } = newQueue();
    queue.add("bad");
    queue.take();
    expect(queue.failed("bad", ownPermanent)).toEqual({ kind: "quarantine", attempts: 1 });
  });

  test("an item that could not be moved away waits and is tried again", () => {
    const { queue, clock } = newQueue();
    queue.add("bad");
    queue.take();
    queue.failed("bad", ownPermanent);
    expect(queue.failed("bad", sinkTemporary).kind).toBe("retry");
    expect(takeNext(queue, clock)).toBe("bad");
    expect(queue.failed("bad", ownPermanent)).toEqual({ kind: "quarantine", attempts: 2 });
  });
});

describe("failures of the sink", () => {
  test.each([sinkTemporary, sinkPermanent])("%j never quarantines", (error) => {
    const { queue, clock } = newQueue({ maxAttempts: 1 });
    queue.add("a");
    for (let attempt = 0; attempt < 1000; attempt += 1) {
      expect(takeNext(queue, clock)).toBe("a");
      expect(queue.failed("a", error).kind).toBe("retry");
    }
  });

  test("they do not count towards maxAttempts when mixed with the batch's own", () => {
    const { queue, clock } = newQueue({ maxAttempts: 2 });
    queue.add("a");
    takeNext(queue, clock);
    queue.failed("a", ownTemporary);
    for (let attempt = 0; attempt < 20; attempt += 1) {
      takeNext(queue, clock);
      expect(queue.failed("a", sinkTemporary).kind).toBe("retry");
    }
    takeNext(queue, clock);
    expect(queue.failed("a", ownTemporary)).toEqual({ kind: "quarantine", attempts: 2 });
  });

  test("a batch that fails again although others succeeded does not shut the sink for them", () => {
    const { queue, clock } = newQueue();
    queue.add("odd");
    takeNext(queue, clock);
    queue.failed("odd", sinkTemporary);
    for (let round = 0; round < 20; round += 1) {
      queue.add(`good ${round}`);
      for (let item = takeNext(queue, clock); item !== "odd"; item = takeNext(queue, clock)) {
        queue.succeeded(item ?? "");
      }
      if (queue.waiting > 0) queue.succeeded(takeNext(queue, clock) ?? "");
      queue.failed("odd", sinkTemporary);
      expect([round, queue.isSinkFailing]).toEqual([round, false]);
    }
  });

  test("a wait that is the batch's own is not cut short by a success of others", () => {
    const { queue, clock } = newQueue({ base: "10h", cap: "10h" });
    queue.add("bad");
    queue.take();
    const decision = queue.failed("bad", ownTemporary);
    const dueMs = decision.kind === "retry" ? decision.delayMs : NaN;
    expect(dueMs).toBeGreaterThan(60_000);
    queue.add("a");
    queue.take();
    queue.failed("a", sinkTemporary);
    expect(takeNext(queue, clock)).toBe("a");
    queue.succeeded("a");
    expect(queue.nextDueMs).toBe(dueMs);
  });
});

test("jumps of the wall clock change nothing", () => {
  const { queue, clock } = newQueue({ base: "1m", cap: "1m" });
  queue.add("a");
  queue.take();
  queue.failed("a", ownTemporary);
  const dueMs = queue.nextDueMs;
  for (const epochMs of [0, Date.UTC(2100, 0, 1), Date.UTC(1970, 0, 2)]) {
    clock.jumpTo(epochMs);
    expect(queue.take()).toBeUndefined();
    expect(queue.nextDueMs).toBe(dueMs);
  }
  expect(takeNext(queue, clock)).toBe("a");
});

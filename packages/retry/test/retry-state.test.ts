import { expect, test } from "vitest";
import { decodeRetryState, encodeRetryState, type RetryState } from "@sewer/retry";
import { newQueue, ownTemporary, sinkTemporary, takeNext } from "./bench.ts";

const error = { code: "SEWER_TEST", message: "no", atMs: 5 };
const whole: RetryState = {
  attempts: 3,
  unfinished: 1,
  batchFailures: 2,
  firstFailureMs: 10,
  nextDueMs: 20,
  lastError: error,
};
const bare = { ...whole, firstFailureMs: undefined, nextDueMs: undefined, lastError: undefined };

test.each([whole, bare])("%j comes back as it was", (state) => {
  expect(decodeRetryState(encodeRetryState(state))).toEqual(state);
});

test("long texts are cut", () => {
  const lastError = { code: "C".repeat(1e5), message: "€".repeat(1e5), atMs: 1 };
  const bytes = encodeRetryState({ ...whole, lastError });
  expect(bytes.length).toBeLessThan(8192);
  expect(decodeRetryState(bytes)?.lastError?.message).toBe("€".repeat(1000));
});

test("what is no state is passed over", () => {
  const version2 = { v: 2, attempts: 1, unfinished: 0, batchFailures: 0 };
  const negative = { v: 1, attempts: -1, unfinished: 0, batchFailures: 0 };
  for (const text of ["", "{", "null", "[]", JSON.stringify(version2), JSON.stringify(negative)]) {
    expect([text, decodeRetryState(Buffer.from(text))]).toEqual([text, undefined]);
  }
});

test("an attempt under way is unfinished, one that ended is not", () => {
  const { queue, clock } = newQueue();
  queue.add("a", { isFresh: false });
  queue.take();
  expect(queue.stateOf("a")).toMatchObject({ attempts: 1, unfinished: 1, nextDueMs: undefined });
  queue.failed("a", { ...ownTemporary, code: "SEWER_TEST", message: "no" });
  const waitMs = (queue.nextDueMs ?? NaN) - clock.monotonic();
  expect(queue.stateOf("a")).toEqual({
    attempts: 1,
    unfinished: 0,
    batchFailures: 1,
    firstFailureMs: clock.now(),
    nextDueMs: clock.now() + waitMs,
    lastError: { code: "SEWER_TEST", message: "no", atMs: clock.now() },
  });
  takeNext(queue, clock);
  queue.aborted("a");
  expect(queue.stateOf("a")).toMatchObject({ attempts: 2, unfinished: 0 });
});

test("failures of an earlier run count towards maxAttempts", () => {
  const { queue, clock } = newQueue({ maxAttempts: 3 });
  queue.add("a", { isFresh: false, state: whole });
  takeNext(queue, clock);
  expect(queue.failed("a", ownTemporary)).toEqual({ kind: "quarantine", attempts: 3 });
});

test("due times are drawn anew at a start, whatever the wall clock says", () => {
  for (const nextDueMs of [0, 4e12]) {
    const waits = Array.from({ length: 200 }, (_, seed) => {
      const { queue } = newQueue({ base: "5s", cap: "60s" }, seed);
      queue.add("a", { isFresh: false, state: { ...whole, nextDueMs } });
      return queue.nextDueMs ?? NaN;
    });
    const limitMs = nextDueMs === 0 ? 5000 : 60_000;
    expect(Math.min(...waits)).toBeLessThan(limitMs * 0.1);
    expect(Math.max(...waits)).toBeGreaterThan(limitMs * 0.9);
    expect(Math.max(...waits)).toBeLessThanOrEqual(limitMs);
  }
});

test("what waited for the sink only does not wait long after a start", () => {
  const { queue, clock } = newQueue({ base: "5s" });
  queue.add("a", { isFresh: false });
  queue.take();
  queue.failed("a", sinkTemporary);
  const next = newQueue({ base: "5s" });
  next.queue.add("a", { isFresh: false, state: queue.stateOf("a") });
  expect(next.queue.nextDueMs).toBeLessThanOrEqual(clock.monotonic() + 5000);
});

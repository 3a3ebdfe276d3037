import { expect, test } from "vitest";
import { newQueue, ownTemporary, takeAll, takeNext } from "./bench.ts";
import type { RetryQueue, RetryState } from "@sewer/retry";

const old = { isFresh: false } as const;

function add(
  queue: RetryQueue<string>,
  names: string,
  info: { isFresh?: boolean; bytes?: number } = {},
): void {
  for (const name of names) queue.add(name, info);
}

function unfinished(count: number): { isFresh: boolean; state: RetryState } {
  const state = { attempts: count, unfinished: count, batchFailures: 0 };
  return {
    isFresh: false,
    state: { ...state, firstFailureMs: undefined, nextDueMs: undefined, lastError: undefined },
  };
}

test("the backlog leaves one slot to the fresh ones, the oldest first", () => {
  const { queue } = newQueue();
  add(queue, "abcde", old);
  expect(takeAll(queue)).toEqual(["a", "b", "c"]);
  add(queue, "F");
  expect(takeAll(queue)).toEqual(["F"]);
});

test("when both wait they take turns", () => {
  const { queue } = newQueue();
  add(queue, "abcd", old);
  add(queue, "ABCD");
  expect(takeAll(queue).join("")).toBe("AaBb");
});

test("with one slot they take turns in time", () => {
  const { queue } = newQueue({ parallel: 1 });
  add(queue, "abc", old);
  add(queue, "ABC");
  let order = "";
  for (let name = queue.take(); name !== undefined; name = queue.take()) {
    order += name;
    queue.succeeded(name);
  }
  expect(order).toBe("AaBbCc");
});

test("a fresh batch that failed belongs to the backlog", () => {
  const { queue, clock } = newQueue({ parallel: 2 });
  add(queue, "A");
  queue.take();
  queue.failed("A", ownTemporary);
  clock.advance(3_600_000);
  add(queue, "b", old);
  expect(takeAll(queue)).toEqual(["A"]);
});

test("bytes under way are bounded, and one delivery of each lane always runs", () => {
  const { queue } = newQueue({ parallelBytes: 100 });
  add(queue, "ab", { isFresh: false, bytes: 300 });
  expect(takeAll(queue)).toEqual(["a"]);
  add(queue, "AB", { bytes: 10 });
  expect(takeAll(queue)).toEqual(["A"]);
  expect(queue.runningBytes).toBe(310);
  queue.succeeded("a");
  expect(takeAll(queue)).toEqual(["b"]);
  queue.succeeded("b");
  expect(takeAll(queue)).toEqual(["B"]);
});

test("the backlog keeps its rate, on average, however large its batches are", () => {
  const { queue, clock } = newQueue({ backlogRate: 100 });
  add(queue, "abcde", { isFresh: false, bytes: 1000 });
  const times = ["a", "b", "c", "d", "e"].map((name) => {
    expect(takeNext(queue, clock)).toBe(name);
    queue.succeeded(name);
    return clock.monotonic();
  });
  // What a second gives, 100 bytes, is there at the start.
  expect(times).toEqual([0, 9000, 19_000, 29_000, 39_000]);
});

test("the rate does not hold up fresh ones", () => {
  const { queue } = newQueue({ backlogRate: 1 });
  add(queue, "ab", { isFresh: false, bytes: 1000 });
  add(queue, "AB", { bytes: 1000 });
  expect(takeAll(queue)).toEqual(["A", "a", "B"]);
});

test("a batch that three processes did not survive is tried last and alone", () => {
  const { queue } = newQueue();
  queue.add("killer", unfinished(3));
  queue.add("not yet", unfinished(2));
  add(queue, "AB");
  expect(takeAll(queue)).toEqual(["A", "not yet", "B"]);
  for (const name of ["A", "not yet"]) queue.succeeded(name);
  expect(queue.take()).toBeUndefined();
  queue.succeeded("B");
  expect(queue.take()).toBe("killer");
  add(queue, "C");
  expect([queue.take(), queue.nextDueMs]).toEqual([undefined, undefined]);
  queue.succeeded("killer");
  expect(queue.take()).toBe("C");
});

test("it comes first when it has been due for an hour", () => {
  const { queue, clock } = newQueue();
  queue.add("killer", unfinished(3));
  add(queue, "A");
  queue.take();
  clock.advance(3_600_000);
  add(queue, "B");
  expect(queue.take()).toBeUndefined();
  queue.succeeded("A");
  expect([queue.take(), queue.take()]).toEqual(["killer", undefined]);
});

test("it goes to quarantine at its third own failure, and for unfinished attempts never", () => {
  const { queue, clock } = newQueue({ maxAttempts: 10 });
  queue.add("killer", unfinished(1000));
  const kinds = [1, 2, 3].map(() => {
    takeNext(queue, clock);
    return queue.failed("killer", ownTemporary).kind;
  });
  expect(kinds).toEqual(["retry", "retry", "quarantine"]);
});

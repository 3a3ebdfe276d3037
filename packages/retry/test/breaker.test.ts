import { expect, test } from "vitest";
import { newQueue, ownTemporary, sinkTemporary, takeAll, takeNext, type Bench } from "./bench.ts";

const names = ["a", "b", "c", "d", "e", "f", "g", "h"];

/** A sink that has failed three times in a row. */
function newOutage(seed = 1): Bench {
  const { queue, clock } = newQueue({}, seed);
  for (const name of names) queue.add(name);
  for (const name of [queue.take(), queue.take(), queue.take()]) queue.failed(name ?? "", sinkTemporary);
  return { queue, clock };
}

test("it opens at the third failure in a row, not before", () => {
  const { queue } = newQueue();
  for (const name of names) queue.add(name);
  const states = takeAll(queue).map((name) => {
    queue.failed(name, sinkTemporary);
    return [queue.breaker.state, queue.isSinkFailing];
  });
  // The fourth began before it opened: four that fail side by side are one piece of news.
  expect(states.map(([state]) => state === "closed")).toEqual([true, true, false, false]);
  expect(states.every(([, isFailing]) => isFailing === true)).toBe(true);
  expect(queue.breaker).toMatchObject({ slots: 1, openings: 1, probes: 0 });
});

test("it opens when half of ten fail within 30 s, though no three in a row", () => {
  const { queue } = newQueue({ parallel: 1 });
  for (let count = 0; count < 10; count += 1) {
    expect(queue.breaker.state).toBe("closed");
    queue.add(`batch ${count}`);
    const name = queue.take() ?? "";
    if (count % 2 === 0) queue.succeeded(name);
    else queue.failed(name, sinkTemporary);
    queue.withdraw(name);
  }
  expect(queue.breaker.openings).toBe(1);
});

test("failures of half a minute ago do not open it", () => {
  const { queue, clock } = newQueue({ parallel: 1 });
  for (let count = 0; count < 40; count += 1) {
    queue.add(`batch ${count}`);
    const name = queue.take() ?? "";
    if (count % 2 === 0) queue.succeeded(name);
    else queue.failed(name, sinkTemporary);
    queue.withdraw(name);
    clock.advance(4000);
  }
  expect(queue.breaker.openings).toBe(0);
});

test("half-open: one probe, the oldest due batch, and each failed one goes behind the others", () => {
  const { queue, clock } = newOutage();
  // The first two to fail wait for up to a second themselves.
  clock.advance(1000);
  const probes = names.map(() => {
    const name = takeNext(queue, clock) ?? "";
    clock.advance(3_600_000);
    expect([queue.take(), queue.nextDueMs, queue.breaker.state]).toEqual([undefined, undefined, "half-open"]);
    queue.failed(name, sinkTemporary);
    return name;
  });
  expect(probes).toEqual(names);
  expect(takeNext(queue, clock)).toBe("a");
  expect(queue.breaker).toMatchObject({ openings: 9, probes: 9 });
});

test("waits between probes double from 1 s to 60 s, each with full jitter", () => {
  const longest = Array.from({ length: 10 }, () => 0);
  for (let seed = 1; seed <= 300; seed += 1) {
    const { queue, clock } = newOutage(seed);
    for (const index of longest.keys()) {
      const waitMs = (queue.nextDueMs ?? NaN) - clock.monotonic();
      longest[index] = Math.max(longest[index] ?? 0, waitMs);
      queue.failed(takeNext(queue, clock) ?? "", sinkTemporary);
    }
  }
  const limits = [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000];
  for (const [index, limitMs] of limits.entries()) {
    expect(longest[index]).toBeLessThanOrEqual(limitMs);
    expect(longest[index]).toBeGreaterThan(limitMs * 0.9);
  }
});

test("after a probe succeeds one attempt runs, then two, then four", () => {
  const { queue, clock } = newOutage();
  queue.succeeded(takeNext(queue, clock) ?? "");
  expect(queue.breaker).toMatchObject({ state: "closed", slots: 1 });
  const [first, ...none] = takeAll(queue);
  expect(none).toEqual([]);
  queue.succeeded(first ?? "");
  const two = takeAll(queue);
  expect(two).toHaveLength(2);
  queue.succeeded(two[0] ?? "");
  expect(takeAll(queue)).toHaveLength(3);
  expect([queue.running, queue.breaker.slots, queue.isSinkFailing]).toEqual([4, 4, false]);
});

test("a failure during slow start opens it at once, and the waits go on growing", () => {
  const { queue, clock } = newOutage();
  for (let count = 0; count < 5; count += 1) queue.failed(takeNext(queue, clock) ?? "", sinkTemporary);
  queue.succeeded(takeNext(queue, clock) ?? "");
  queue.add("new");
  const openings = queue.breaker.openings;
  for (let name = takeNext(queue, clock); ; name = takeNext(queue, clock)) {
    queue.failed(name ?? "", sinkTemporary);
    // Those that failed before the success may be at fault themselves, and do not count.
    if (name === "new" || queue.breaker.state !== "closed") break;
  }
  expect(queue.breaker.openings).toBe(openings + 1);
});

test("a batch's own failure says nothing of the sink: the next probe follows at once", () => {
  const { queue, clock } = newOutage();
  clock.advance(1000);
  queue.failed(queue.take() ?? "", ownTemporary);
  expect(queue.breaker).toMatchObject({ state: "half-open", openings: 1 });
  expect(queue.take()).toBe("b");
});

test("Retry-After opens it at once, and no probe begins before", () => {
  const { queue, clock } = newQueue();
  for (const name of names) queue.add(name);
  queue.failed(queue.take() ?? "", { ...sinkTemporary, context: { retryAfterMs: 90_000 } });
  expect(queue.breaker.state).toBe("open");
  expect(queue.nextDueMs).toBeGreaterThanOrEqual(clock.monotonic() + 90_000);
  expect(queue.nextDueMs).toBeLessThanOrEqual(clock.monotonic() + 91_000);
});

test("a Retry-After of more than an hour is cut to an hour, and what is no time is passed over", () => {
  const { queue, clock } = newOutage();
  queue.failed(takeNext(queue, clock) ?? "", { ...sinkTemporary, context: { retryAfterMs: 1e12 } });
  expect(queue.nextDueMs).toBeLessThanOrEqual(clock.monotonic() + 3_600_000 + 2000);
  queue.failed(takeNext(queue, clock) ?? "", { ...sinkTemporary, context: { retryAfterMs: "soon" } });
  expect(queue.nextDueMs).toBeLessThanOrEqual(clock.monotonic() + 4000);
});

test("a batch's own failure honours Retry-After too", () => {
  const { queue } = newQueue();
  queue.add("a");
  queue.take();
  queue.failed("a", { ...ownTemporary, context: { retryAfterMs: 60_000 } });
  expect(queue.nextDueMs).toBe(60_000);
  expect(queue.breaker.state).toBe("closed");
});

test("deliveries from before an outage that still hang do not block its probes", () => {
  const { queue, clock } = newQueue();
  for (const name of names) queue.add(name);
  const [hangs, ...others] = takeAll(queue);
  for (const name of others) queue.failed(name, sinkTemporary);
  const probe = takeNext(queue, clock) ?? "";
  expect(queue.running).toBe(2);
  queue.succeeded(probe);
  expect(queue.take()).toBeDefined();
  queue.succeeded(hangs ?? "");
});

test("a success of a delivery from before an outage ends it", () => {
  const { queue } = newQueue();
  for (const name of names) queue.add(name);
  const [slow, ...others] = takeAll(queue);
  for (const name of others) queue.failed(name, sinkTemporary);
  expect(queue.isSinkFailing).toBe(true);
  queue.succeeded(slow ?? "");
  expect([queue.isSinkFailing, queue.breaker.slots]).toEqual([false, 1]);
});

import { sleep } from "@sewer/core";
import { ManualClock } from "@sewer/testkit";
import { expect, test } from "vitest";

test("it stands still until it is moved, both clocks together", () => {
  const clock = new ManualClock(1_000_000);
  expect([clock.now(), clock.monotonic()]).toEqual([1_000_000, 0]);
  clock.advance(1500);
  expect([clock.now(), clock.monotonic()]).toEqual([1_001_500, 1500]);
});

test("a callback runs once, at its time, not before", () => {
  const clock = new ManualClock();
  const times: number[] = [];
  clock.schedule(10, () => times.push(clock.monotonic()));
  clock.advance(9);
  expect([times, clock.pending]).toEqual([[], 1]);
  clock.advance(100);
  expect([times, clock.pending]).toEqual([[10], 0]);
});

test("callbacks run in the order of their times, equal ones as they were scheduled", () => {
  const clock = new ManualClock();
  const order: string[] = [];
  clock.schedule(20, () => order.push("c"));
  clock.schedule(10, () => order.push("a"));
  clock.schedule(10, () => order.push("b"));
  clock.advance(20);
  expect(order).toEqual(["a", "b", "c"]);
});

test("what a callback schedules runs within the same advance when it falls due in it", () => {
  const clock = new ManualClock();
  const times: number[] = [];
  const again = (): void => {
    times.push(clock.monotonic());
    clock.schedule(10, again);
  };
  clock.schedule(10, again);
  clock.advance(35);
  expect(times).toEqual([10, 20, 30]);
});

test("a cancelled callback does not run, and cancelling twice is harmless", () => {
  const clock = new ManualClock();
  const cancel = clock.schedule(10, () => expect.unreachable());
  cancel();
  cancel();
  clock.advance(100);
  expect(clock.pending).toBe(0);
});

test("a negative delay means now", () => {
  const clock = new ManualClock();
  let ran = 0;
  clock.schedule(-5, () => (ran += 1));
  clock.advance(0);
  expect(ran).toBe(1);
});

test("a jump of the wall clock moves nothing else", () => {
  const clock = new ManualClock();
  const cancel = clock.schedule(10, () => expect.unreachable());
  clock.jumpTo(5);
  expect([clock.now(), clock.monotonic(), clock.pending]).toEqual([5, 0, 1]);
  cancel();
  clock.advance(3);
  expect(clock.now()).toBe(8);
});

test("core's sleep works on it", async () => {
  const clock = new ManualClock();
  const slept = sleep(clock, 1000);
  clock.advance(1000);
  await slept;
  expect(clock.pending).toBe(0);
});

test("it can go from one callback to the next", () => {
  const clock = new ManualClock();
  const times: number[] = [];
  for (const delay of [30, 10]) clock.schedule(delay, () => times.push(clock.monotonic()));
  expect([clock.runNext(), clock.runNext(), clock.runNext()]).toEqual([true, true, false]);
  expect(times).toEqual([10, 30]);
});

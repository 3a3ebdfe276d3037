import { expect, test } from "vitest";
import { RestartDelay } from "../../src/processes/restart-delay.ts";

test("the wait doubles up to 30 s while a process ends soon after each start", () => {
  const delay = new RestartDelay();
  const waits = Array.from({ length: 11 }, () => delay.next(59_999));
  expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
});

test("a process that lived a minute begins anew", () => {
  const delay = new RestartDelay();
  for (let count = 0; count < 5; count++) delay.next(0);
  expect(delay.next(60_000)).toBe(100);
  expect(delay.next(0)).toBe(200);
});

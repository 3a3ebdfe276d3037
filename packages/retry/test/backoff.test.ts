import type { Random } from "@sewer/core";
import { seededRandom } from "@sewer/testkit";
import { expect, test } from "vitest";
import { backoffDelayMs } from "@sewer/retry";

const backoff = { baseMs: 1000, capMs: 60_000 };

function always(value: number): Random {
  return { next: () => value, bytes: (length) => new Uint8Array(length) };
}

test("the longest wait doubles from base to cap", () => {
  const longest = [1, 2, 3, 4, 5, 6, 7, 8].map((failures) =>
    backoffDelayMs(backoff, failures, always(1 - 2 ** -53)),
  );
  expect(longest).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
});

test("the shortest wait is none at all, however often it failed", () => {
  for (const failures of [1, 5, 100]) expect(backoffDelayMs(backoff, failures, always(0))).toBe(0);
});

test.each([53, 1024, 1e9, Number.MAX_SAFE_INTEGER, Infinity])("%d failures do not overflow", (failures) => {
  expect(backoffDelayMs(backoff, failures, always(0.5))).toBe(30_000);
  expect(backoffDelayMs({ baseMs: 0, capMs: 0 }, failures, always(0.5))).toBe(0);
  expect(backoffDelayMs({ baseMs: 1e12, capMs: 2 ** 52 }, failures, always(0.9))).toBeLessThan(2 ** 52);
});

test.each([1, 2, 3, 4, 5])("seed %d: the jitter is full and even", (seed) => {
  const random = seededRandom(seed);
  const tenths = Array.from({ length: 10 }, () => 0);
  for (let draw = 0; draw < 20_000; draw += 1) {
    const delayMs = backoffDelayMs(backoff, 4, random);
    expect(Number.isInteger(delayMs) && delayMs >= 0 && delayMs <= 8000).toBe(true);
    const tenth = Math.min(Math.floor(delayMs / 800), 9);
    tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  }
  // 2,000 expected in each; five standard deviations are 212.
  for (const count of tenths) expect(Math.abs(count - 2000)).toBeLessThan(212);
});

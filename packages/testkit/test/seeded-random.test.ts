import { seededRandom } from "@sewer/testkit";
import { expect, test } from "vitest";

function row(seed: number, length = 100): number[] {
  const random = seededRandom(seed);
  return Array.from({ length }, () => random.next());
}

test("the same seed gives the same row, another seed another", () => {
  expect(row(1)).toEqual(row(1));
  expect(row(1)).not.toEqual(row(2));
});

test.each([0, 1, -1, 2 ** 31, 2 ** 32 - 1, 123_456_789])("seed %d: even over [0, 1)", (seed) => {
  const tenths = Array.from({ length: 10 }, () => 0);
  for (const value of row(seed, 10_000)) {
    expect(value).toBeGreaterThanOrEqual(0);
    expect(value).toBeLessThan(1);
    const tenth = Math.floor(value * 10);
    tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  }
  // 1,000 expected in each; five standard deviations are 150.
  for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(150);
});

test("bytes are as many as asked for, of the whole range", () => {
  const bytes = seededRandom(7).bytes(10_000);
  expect(bytes.length).toBe(10_000);
  expect(new Set(bytes).size).toBe(256);
  expect(seededRandom(7).bytes(0).length).toBe(0);
});

import { describe, expect, test } from "vitest";
import { isReached, tableOf, type Figure } from "../src/figure.ts";
import { columns, median, orderOfRound, ratiosOf } from "../src/statistics.ts";

describe("statistics", () => {
  test.each([
    [[3], 3],
    [[3, 1, 2], 2],
    [[10, 1, 3, 2], 2.5],
  ])("the median of %j is %d", (values, expected) => expect(median(values)).toBe(expected));

  test("nothing has no median", () => expect(() => median([])).toThrow(RangeError));

  test("a ratio of each round", () => {
    expect(ratiosOf([1, 6], [2, 3])).toEqual([0.5, 2]);
    expect(() => ratiosOf([1], [1, 2])).toThrow("its reference");
    expect(() => ratiosOf([1], [0])).toThrow("reference of round 1");
  });

  test("columns of rounds", () => {
    const rounds = [
      { a: 1, b: 2 },
      { a: 3, b: 4 },
    ];
    expect(columns(rounds)).toEqual({ a: [1, 3], b: [2, 4] });
  });

  test("each one is first in its turn", () => {
    const firsts = [0, 1, 2, 3].map((round) => orderOfRound(["a", "b", "c"], round)[0]);
    expect(firsts).toEqual(["a", "b", "c", "a"]);
  });
});

describe("figures", () => {
  const figure: Figure = { name: "x / y", unit: "", rounds: [1, 1.2, 9], goal: { atMost: 1.3 } };

  test("the median decides about the goal", () => {
    expect(isReached(figure)).toBe(true);
    expect(isReached({ ...figure, goal: { atMost: 1.1 } })).toBe(false);
    expect(isReached({ ...figure, goal: { atLeast: 1.3 } })).toBe(false);
    expect(isReached({ ...figure, goal: { atLeast: 1.2 } })).toBe(true);
    expect(isReached({ ...figure, goal: undefined })).toBeUndefined();
  });

  test("the table shows median, range, goal and verdict", () => {
    const missed: Figure = { name: "slow", unit: "ms", rounds: [2500], goal: { atMost: 2000 } };
    const table = tableOf([{ name: "append", figures: [figure, missed], events: 1 }]).split("\n");
    expect(table[1]).toMatch(/^append: x \/ y +1\.200 +1\.000 +9\.000 +<= 1\.300 +reached$/);
    expect(table[2]).toMatch(/^append: slow +2500 ms +2500 ms +2500 ms +<= 2000 ms +MISSED$/);
  });
});

import { describe, expect, test } from "vitest";
import { parseDuration, parseSize } from "@sewer/core";

describe("parseDuration", () => {
  test.each([
    ["250ms", 250],
    ["30s", 30_000],
    ["10m", 600_000],
    ["1h", 3_600_000],
    ["30d", 2_592_000_000],
    ["0s", 0],
    ["1.5s", 1500],
    ["90", 90],
    [90, 90],
    [0, 0],
  ])("%j is %d ms", (value, ms) => expect(parseDuration(value)).toBe(ms));

  test.each([
    "",
    "s",
    "-1s",
    "1 s",
    "1w",
    "1S",
    "1e3",
    "0x10",
    "1.0001ms",
    "99999999999999d",
    "constructor",
    "1constructor",
  ])("%j is refused", (value) =>
    expect(() => parseDuration(value)).toThrow(/expected a duration like 250ms/),
  );

  test.each([-1, 1.5, NaN, Infinity])("the number %d is refused", (value) => {
    expect(() => parseDuration(value)).toThrow(RangeError);
  });

  test("with a collector it reports instead of throwing", () => {
    const issues: string[] = [];
    expect(parseDuration("soon", { addIssue: ({ message }) => issues.push(message) })).toBeNaN();
    expect(issues).toEqual(['expected a duration like 250ms, 30s, 10m, 1h or 30d, got "soon"']);
  });
});

describe("parseSize", () => {
  test.each([
    ["64KiB", 65_536],
    ["512MiB", 536_870_912],
    ["50GiB", 53_687_091_200],
    ["1TiB", 1_099_511_627_776],
    ["7B", 7],
    ["0.5KiB", 512],
    [4096, 4096],
  ])("%j is %d bytes", (value, bytes) => expect(parseSize(value)).toBe(bytes));

  test.each(["64KB", "64K", "64kib", "-1KiB", "0.0001KiB", "9007199254740993TiB"])("%j is refused", (value) =>
    expect(() => parseSize(value)).toThrow(/expected a size like 64KiB/),
  );
});

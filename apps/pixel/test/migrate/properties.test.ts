import { expect, test } from "vitest";
import { parseProperties } from "../../src/migrate/properties.ts";

const entries = (text: string): [string, string, number][] =>
  parseProperties(text).map(({ key, value, line }) => [key, value, line]);

test.each([
  ["a=1", "a", "1"],
  ["a = 1 ", "a", "1 "],
  ["a:1", "a", "1"],
  ["a 1", "a", "1"],
  ["  a\t=\t1", "a", "1"],
  ["a", "a", ""],
  ["a=", "a", ""],
  ["a==1", "a", "=1"],
  ["a\\=b=1", "a=b", "1"],
  ["a=b\\tc\\\\d\\u0041\\q", "a", "b\tc\\dAq"],
  ["a=%{yyyy-MM-dd/HH00}", "a", "%{yyyy-MM-dd/HH00}"],
])("%j", (text, key, value) => {
  expect(entries(text)).toEqual([[key, value, 1]]);
});

test("comments and empty lines count as lines", () => {
  expect(entries("# one\r\n! two\n\n  # three\na=1\rb=2")).toEqual([
    ["a", "1", 5],
    ["b", "2", 6],
  ]);
});

test("a backslash at the end continues a line, two do not", () => {
  expect(entries("a=1,\\\n   2,\\\n\t3\nb=x\\\\\nc=3\\")).toEqual([
    ["a", "1,2,3", 1],
    ["b", "x\\", 4],
    ["c", "3", 5],
  ]);
});

test("a comment cannot be continued, but a continued line may look like one", () => {
  expect(entries("# a=1\\\nb=2\\\n#3")).toEqual([["b", "2#3", 2]]);
});

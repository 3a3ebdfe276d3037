import { expect, test } from "vitest";
import { parseChain } from "../../src/migrate/chain.ts";

const none: string[] = [];

test.each([
  ["pixel", [{ name: "pixel", args: none }]],
  ["Pixel()", [{ name: "pixel", args: none }]],
  [" pixel(8080) ", [{ name: "pixel", args: ["8080"] }]],
  [
    "roll(30)>reliable > seqfile('hdfs://h:1/a>b, c(d)')",
    [
      { name: "roll", args: ["30"] },
      { name: "reliable", args: none },
      { name: "seqfile", args: ["hdfs://h:1/a>b, c(d)"] },
    ],
  ],
  [`tcpwrite("host", 9999)`, [{ name: "tcpwrite", args: ["host", "9999"] }]],
  ["a('')", [{ name: "a", args: [""] }]],
  ["a( one two , 3 )", [{ name: "a", args: ["one two", "3"] }]],
])("%j", (text, parts) => {
  expect(parseChain(text)).toEqual(parts);
});

test.each(["", ">", "a >", "> a", "a b", "a(", "a('x)", "a(1,)", "a(,1)", "a('x'y)", "a-b", "a(b(c))"])(
  "%j is none",
  (text) => {
    expect(parseChain(text)).toMatch(/^".*" is no /);
  },
);

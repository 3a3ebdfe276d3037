import { expect, test } from "vitest";
import { parseBenchArguments } from "../src/arguments.ts";

test("defaults", () => {
  expect(parseBenchArguments(["spool"])).toEqual({ suite: "spool", rounds: 5, json: undefined, only: [] });
});

test("everything set", () => {
  const words = "spool --rounds 9 --only append --only verify --json out.json".split(" ");
  expect(parseBenchArguments(words)).toEqual({
    suite: "spool",
    rounds: 9,
    json: "out.json",
    only: ["append", "verify"],
  });
});

test.each([
  ["", "name one suite"],
  ["hdfs", "name one suite"],
  ["spool more", "name one suite"],
  ["spool --rounds 0", "--rounds"],
  ["spool --rounds 1.5", "--rounds"],
  ["spool --rounds 101", "--rounds"],
  ["spool --only nothing", '"nothing"'],
  ["spool --unknown", "--unknown"],
])("refused: %s", (line, message) => {
  const words = line.split(" ").filter((word) => word !== "");
  expect(() => parseBenchArguments(words)).toThrow(message);
});

import { expect, test } from "vitest";
import { parseBenchArguments } from "../src/arguments.ts";

test("defaults", () => {
  expect(parseBenchArguments(["spool"])).toEqual({
    names: ["append", "server", "verify", "backlog"],
    rounds: 5,
    json: undefined,
  });
});

test("everything set", () => {
  const words = "delivery --rounds 9 --only outage --only cost --json out.json".split(" ");
  expect(parseBenchArguments(words)).toEqual({ names: ["cost", "outage"], rounds: 9, json: "out.json" });
});

test("the suite of one", () => {
  expect(parseBenchArguments(["writable", "--rounds", "1"]).names).toEqual(["writable"]);
});

test.each([
  ["", "name one suite"],
  ["hdfs", "name one suite"],
  ["spool more", "name one suite"],
  ["spool --rounds 0", "--rounds"],
  ["spool --rounds 1.5", "--rounds"],
  ["spool --rounds 101", "--rounds"],
  ["spool --only nothing", '"nothing"'],
  ["spool --only drain", '"drain"'],
  ["spool --unknown", "--unknown"],
])("refused: %s", (line, message) => {
  const words = line.split(" ").filter((word) => word !== "");
  expect(() => parseBenchArguments(words)).toThrow(message);
});

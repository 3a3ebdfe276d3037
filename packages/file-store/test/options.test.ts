import { describe, expect, test } from "vitest";
import { z } from "zod";
import { extensionOf, formatOptions, pathOption, timeZoneOption } from "../src/index.ts";

describe("format", () => {
  const block = { type: "sequencefile", schema: "access-log", compression: "block" };
  test.each([
    [{}, { ...block, codec: "gzip", level: 1 }],
    [{ codec: "deflate" }, { ...block, codec: "deflate", level: 1 }],
    [{ codec: "snappy" }, { ...block, codec: "snappy" }],
    [
      { codec: "zstd", level: 19 },
      { ...block, codec: "zstd", level: 19 },
    ],
    [
      { type: "sequencefile", compression: "none" },
      { ...block, compression: "none" },
    ],
    [{ type: "json" }, { ...block, type: "json", compression: "none" }],
    [
      { type: "json", compression: "gzip" },
      { ...block, type: "json", compression: "gzip", level: 1 },
    ],
    [
      { type: "json", compression: "zstd" },
      { ...block, type: "json", compression: "zstd" },
    ],
  ])("%j is %j, and stays so when it is read again from a segment's meta", (input, resolved) => {
    expect(formatOptions.parse(input)).toEqual(resolved);
    expect(formatOptions.parse(JSON.parse(JSON.stringify(resolved)))).toEqual(resolved);
  });

  test.each([
    [{ compression: "none", codec: "gzip" }, "codec"],
    [{ compression: "none", level: 1 }, "level"],
    [{ codec: "snappy", level: 1 }, "level"],
    [{ codec: "gzip", level: 10 }, "level"],
    [{ level: 0 }, "level"],
    [{ level: 1.5 }, "level"],
    [{ type: "json", level: 1 }, "level"],
    [{ type: "json", codec: "gzip" }, ""],
    [{ type: "json", compression: "block" }, "compression"],
    [{ type: "avro" }, "type"],
    [{ codec: "lzo" }, "codec"],
    [{ schema: "x" }, "schema"],
    [{ kind: "json" }, ""],
  ])("%j is refused at %s", (input, path) => {
    const issues = formatOptions.safeParse(input).error?.issues ?? [];
    expect(issues.map((issue) => issue.path.join("."))).toEqual([path]);
  });

  test.each([
    [{}, ".seq"],
    [{ type: "json" }, ".jsonl"],
    [{ type: "json", compression: "gzip" }, ".jsonl.gz"],
    [{ type: "json", compression: "zstd" }, ".jsonl.zst"],
  ])("%j has the extension %s", (input, extension) => {
    expect(extensionOf(formatOptions.parse(input))).toBe(extension);
  });

  test("has a JSON Schema for editors", () => {
    expect(JSON.stringify(z.toJSONSchema(formatOptions, { io: "input" }))).toContain("Hadoop SequenceFile");
  });
});

test("the path is checked and stays text", () => {
  expect(pathOption.parse("/a/%{host}")).toBe("/a/%{host}");
  expect(pathOption.safeParse("/a/%{hots}").error?.issues[0]?.message).toContain("unknown token %{hots}");
  expect(pathOption.safeParse("").success).toBe(false);
});

test.each([
  ["UTC", true],
  ["Europe/Rome", true],
  ["Mars/Phobos", false],
  ["", false],
])("time zone %j: %s", (name, ok) => {
  expect(timeZoneOption.safeParse(name).success).toBe(ok);
});

import { describe, expect, test } from "vitest";
import { decodeSegmentMeta, encodeSegmentMeta, type SegmentMeta } from "@sewer/core";

const meta: SegmentMeta = {
  v: 1,
  flow: "pixel",
  schema: { name: "access-log", fields: [{ name: "timestamp", type: "VLong", nullable: false }] },
  host: "größe.example",
  createdMs: 1_767_225_600_000,
  sinks: { main: { path: "/out/data.seq", format: { type: "sequencefile" } } },
};

describe("segment meta", () => {
  test("comes back as it was written", () =>
    expect(decodeSegmentMeta(encodeSegmentMeta(meta))).toEqual(meta));

  test("unknown keys of a later program are kept", () => {
    const later = Buffer.from(JSON.stringify({ ...meta, note: "x" }));
    expect(decodeSegmentMeta(later)).toEqual({ ...meta, note: "x" });
  });

  test.each([
    ["no JSON", "{"],
    ["no object", "[]"],
    ["null", "null"],
    ["another version", JSON.stringify({ ...meta, v: 2 })],
    ["no flow", JSON.stringify({ ...meta, flow: undefined })],
    ["no sinks", JSON.stringify({ ...meta, sinks: [] })],
    ["a sink that is no object", JSON.stringify({ ...meta, sinks: { main: 1 } })],
    ["no schema", JSON.stringify({ ...meta, schema: null })],
    ["a malformed field", JSON.stringify({ ...meta, schema: { name: "x", fields: [{ name: "a" }] } })],
    ["no time", JSON.stringify({ ...meta, createdMs: "now" })],
  ])("%s is the batch's own fault, for good", (_what, text) => {
    expect(() => decodeSegmentMeta(Buffer.from(text))).toThrow(
      expect.objectContaining({ code: "SEWER_META_INVALID", scope: "batch", retry: "permanent" }),
    );
  });
});

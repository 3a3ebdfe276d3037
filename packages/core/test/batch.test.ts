import { describe, expect, test } from "vitest";
import { recordsOf } from "@sewer/core";

function payloadOf(...records: string[]): Buffer {
  return Buffer.concat(
    records.flatMap((record) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(Buffer.byteLength(record));
      return [length, Buffer.from(record)];
    }),
  );
}

describe("recordsOf", () => {
  test("gives every record as a view into the payload", () => {
    const payload = payloadOf("one", "", "three");
    const records = [...recordsOf(payload)];
    expect(records.map(String)).toEqual(["one", "", "three"]);
    expect(records.every((record) => record.buffer === payload.buffer)).toBe(true);
  });

  test("an empty payload holds no record", () => expect([...recordsOf(Buffer.alloc(0))]).toEqual([]));

  test("a payload cut anywhere inside a record is an error, never a short record", () => {
    const payload = payloadOf("one", "two");
    for (let end = 1; end < payload.length; end += 1) {
      if (end === 7) continue;
      expect(() => [...recordsOf(payload.subarray(0, end))], `cut at ${end}`).toThrow(/leaves the frame/);
    }
    expect([...recordsOf(payload.subarray(0, 7))].map(String)).toEqual(["one"]);
  });
});

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ByteReader, ByteWriter, writableErrors } from "../src/index.ts";
import { anyText, codeOf } from "./fixtures.ts";

test("a text of any length has the shortest prefix, whatever its characters", () => {
  for (const character of ["a", "é", "日", "🚀"]) {
    for (const count of [0, 1, 42, 43, 63, 64, 127, 128, 255, 256, 21846, 65536]) {
      const value = character.repeat(count);
      const target = new ByteWriter(16);
      target.byte(7);
      target.text(value);
      target.byte(9);
      const reader = new ByteReader(target.view());
      expect(reader.bytes(1)[0]).toBe(7);
      expect(reader.textBytes().equals(Buffer.from(value))).toBe(true);
      expect([...reader.bytes(reader.remaining)]).toEqual([9]);
    }
  }
});

test("one character beyond ASCII is found at any place of a text", () => {
  for (let length = 1; length <= 20; length++) {
    for (let at = 0; at < length; at++) {
      const value = `${"a".repeat(at)}é${"a".repeat(length - at - 1)}`;
      const target = new ByteWriter();
      target.text("before");
      target.text(value);
      target.text("after");
      const reader = new ByteReader(target.view());
      expect([reader.text(), reader.text(), reader.text()]).toEqual(["before", value, "after"]);
    }
  }
});

test("what one writes the other reads, while the buffer grows", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("text" as const), value: anyText(300) }),
    fc.record({ kind: fc.constant("vlong" as const), value: fc.maxSafeInteger() }),
    fc.record({ kind: fc.constant("vint" as const), value: fc.integer() }),
    fc.record({ kind: fc.constant("int32" as const), value: fc.integer() }),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const target = new ByteWriter(16);
      for (const { kind, value } of steps) (target[kind] as (value: unknown) => void)(value);
      const reader = new ByteReader(target.view());
      for (const { kind, value } of steps) expect(reader[kind]()).toBe(value);
      expect(reader.remaining).toBe(0);
    }),
  );
});

test.each([
  ["a text of negative length", "ff", (reader: ByteReader) => reader.text(), writableErrors.length],
  [
    "a text that is longer than the rest",
    "8c7fffffff00",
    (reader) => reader.text(),
    writableErrors.truncated,
  ],
  [
    "a BytesWritable of negative length",
    "ffffffff",
    (reader) => reader.bytesWritable(),
    writableErrors.length,
  ],
  [
    "a BytesWritable longer than the rest",
    "7fffffff00",
    (reader) => reader.bytesWritable(),
    writableErrors.truncated,
  ],
  ["a cut int32", "000000", (reader) => reader.int32(), writableErrors.truncated],
  ["a length beyond int32", "8cffffffff", (reader) => reader.text(), writableErrors.vintRange],
] as [string, string, (reader: ByteReader) => unknown, string][])(
  "%s is a typed error",
  (_, hex, read, code) => {
    const reader = new ByteReader(Buffer.from(`00${hex}`, "hex"));
    reader.bytes(1);
    expect(() => read(reader)).toThrow(expect.objectContaining({ name: "WritableError", code, offset: 1 }));
    expect(reader.offset).toBe(1);
  },
);

test("random bytes give values or a typed error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      for (const method of ["text", "vlong", "vint", "int32", "bytesWritable"] as const) {
        const reader = new ByteReader(bytes);
        const code = codeOf(() => reader[method]());
        expect([undefined, ...Object.values<string>(writableErrors)]).toContain(code);
      }
    }),
    { numRuns: 2000 },
  );
});

test("what was written can be forgotten, and an int32 written over", () => {
  const target = new ByteWriter(16);
  target.int32(0);
  target.text("kept");
  const { length } = target;
  target.text("forgotten");
  target.truncate(length);
  target.int32At(0, -2);
  expect(target.view().toString("hex")).toBe(`fffffffe04${Buffer.from("kept").toString("hex")}`);
  expect(() => target.truncate(length + 1)).toThrow(RangeError);
  expect(() => target.int32At(length - 3, 0)).toThrow(RangeError);
  expect(() => target.int32At(-1, 0)).toThrow(RangeError);
  expect(() => target.int32At(0, 2 ** 31)).toThrow(RangeError);
});

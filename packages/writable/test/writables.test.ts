import { expect, test } from "vitest";
import {
  ByteReader,
  ByteWriter,
  bytesWritable,
  nullable,
  text,
  textBytes,
  toJavaWellFormed,
  vint,
  vlong,
  type WritableType,
} from "../src/index.ts";
import { fixtureLines } from "./fixtures.ts";

interface Vector {
  class: string;
  value: string;
  hex: string;
}

const vectors = fixtureLines<Vector>("hadoop/writables.jsonl");

function vectorsOf(className: string): [string, string][] {
  const found = vectors.filter((vector) => vector.class === `org.apache.hadoop.io.${className}`);
  return found.map(({ value, hex }) => [value, hex]);
}

function encoded<Value, Input>(type: WritableType<Value, Input>, value: Input): string {
  const target = new ByteWriter();
  type.encode(target, value);
  return target.view().toString("hex");
}

function decoded<Value, Input>(type: WritableType<Value, Input>, hex: string): Value {
  const reader = new ByteReader(Buffer.from(hex, "hex"));
  const value = type.decode(reader);
  expect(reader.remaining).toBe(0);
  return value;
}

test.each(vectorsOf("Text"))("Text %j", (value, hex) => {
  expect(encoded(text, value)).toBe(hex);
  expect(decoded(text, hex)).toBe(toJavaWellFormed(value));
});

test.each(vectorsOf("BytesWritable"))("BytesWritable %s", (value, hex) => {
  const content = decoded(bytesWritable, hex);
  expect(`pat(${content.length})`).toBe(value);
  expect(encoded(bytesWritable, content)).toBe(hex);
});

test.each(vectorsOf("VIntWritable"))("VIntWritable %s", (value, hex) => {
  expect(encoded(vint, Number(value))).toBe(hex);
  expect(decoded(vint, hex)).toBe(Number(value));
});

test.each(vectorsOf("VLongWritable"))("VLongWritable %s", (value, hex) => {
  expect(encoded(vlong, BigInt(value))).toBe(hex);
  expect(BigInt(decoded(vlong, hex))).toBe(BigInt(value));
});

test("there are vectors of every class", () => {
  for (const name of ["Text", "BytesWritable", "VIntWritable", "VLongWritable"]) {
    expect(vectorsOf(name).length, name).toBeGreaterThan(1);
  }
});

test("the bytes of a Text stay as they are, also where they are no UTF-8", () => {
  const hex = "05ff41eda080";
  expect(encoded(textBytes, decoded(textBytes, hex))).toBe(hex);
  expect(decoded(text, hex)).toBe("\ufffdA\ufffd");
});

test("null is written as the empty value, and a type without one cannot be nullable", () => {
  expect(encoded(nullable(text), null)).toBe("00");
  expect(encoded(nullable(textBytes), null)).toBe("00");
  expect(encoded(nullable(bytesWritable), null)).toBe("00000000");
  expect(() => nullable(vlong)).toThrow(TypeError);
});

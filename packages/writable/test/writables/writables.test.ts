import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  arrayPrimitiveWritable,
  booleanWritable,
  ByteReader,
  ByteWriter,
  byteWritable,
  bytesWritable,
  defineWritable,
  doubleWritable,
  floatWritable,
  hadoopString,
  instanceOf,
  intWritable,
  isInstanceOf,
  javaUtf,
  longWritable,
  md5Hash,
  nullable,
  nullWritable,
  shortWritable,
  text,
  textBytes,
  toJavaWellFormed,
  twoDArrayWritable,
  utf8Writable,
  vint,
  vlong,
  WritableClasses,
  type WritableInstance,
  type WritableType,
} from "../../src/index.ts";
import { fixtureLines } from "../fixtures.ts";

interface Vector {
  class: string;
  value: string;
  hex: string;
  hash?: number;
}

const { mapWritable, sortedMapWritable, objectWritable } = new WritableClasses();

const integer = (value: string): number | bigint =>
  Number.isSafeInteger(Number(value)) ? Number(value) : BigInt(value);
const decimal = (value: string): number => Number(value.split(" ")[0]);

/** What Java wrote, by class: the type, and how the vector's description becomes a value. */
const scalars: Record<string, (value: string) => WritableInstance> = {
  BooleanWritable: (value) => instanceOf(booleanWritable, value === "true"),
  ByteWritable: (value) => instanceOf(byteWritable, Number(value)),
  ShortWritable: (value) => instanceOf(shortWritable, Number(value)),
  IntWritable: (value) => instanceOf(intWritable, Number(value)),
  LongWritable: (value) => instanceOf(longWritable, integer(value)),
  VIntWritable: (value) => instanceOf(vint, Number(value)),
  VLongWritable: (value) => instanceOf(vlong, integer(value)),
  FloatWritable: (value) => instanceOf(floatWritable, Math.fround(decimal(value))),
  DoubleWritable: (value) => instanceOf(doubleWritable, decimal(value)),
  Text: (value) => instanceOf(text, value),
  UTF8: (value) => instanceOf(utf8Writable, value),
  MD5Hash: () => instanceOf(md5Hash, createHash("md5").update("sewer").digest()),
  "DataOutput.writeUTF": (value) => instanceOf(javaUtf, value),
  "WritableUtils.writeString": (value) => instanceOf(hadoopString, value),
};

const short = (value: number): WritableInstance => instanceOf(shortWritable, value);
const collections: Record<string, WritableInstance> = {
  "{ShortWritable 5: DoubleWritable 2.5} (classes without a built-in id)": instanceOf(mapWritable, [
    [short(5), instanceOf(doubleWritable, 2.5)],
  ]),
  "{a:Null,b:VLong 1,c:Short 1}": instanceOf(sortedMapWritable, [
    [instanceOf(text, "a"), instanceOf(nullWritable, null)],
    [instanceOf(text, "b"), instanceOf(vlong, 1)],
    [instanceOf(text, "c"), short(1)],
  ]),
  "Int[[1,2],[],[3]]": instanceOf(twoDArrayWritable(intWritable), [[1, 2], [], [3]]),
  "long -5": instanceOf(objectWritable, { kind: "long", value: -5 }),
  "String[]{a,b}": instanceOf(objectWritable, {
    kind: "array",
    className: "[Ljava.lang.String;",
    elements: [
      { kind: "string", value: "a" },
      { kind: "string", value: "b" },
    ],
  }),
  "null declared String": instanceOf(objectWritable, { kind: "null", className: "java.lang.String" }),
  "byte[]{1,2,3}": instanceOf(arrayPrimitiveWritable, Int8Array.of(1, 2, 3)),
};

function instanceFor(vector: Vector): WritableInstance {
  const name = vector.class.replace("org.apache.hadoop.io.", "");
  if (name === "BytesWritable") {
    const content = Buffer.from(vector.hex, "hex").subarray(4);
    return instanceOf(bytesWritable, vector.value === `pat(${content.length})` ? content : Buffer.of());
  }
  const instance = collections[vector.value] ?? scalars[name]?.(vector.value);
  expect(instance, `a value for ${name} ${vector.value}`).toBeDefined();
  return instance!;
}

function encoded<Value, Input>(type: WritableType<Value, Input>, value: Input): string {
  const target = new ByteWriter(16);
  type.encode(target, value);
  return target.view().toString("hex");
}

function decoded<Value, Input>(type: WritableType<Value, Input>, hex: string): Value {
  const reader = new ByteReader(Buffer.from(hex, "hex"));
  const value = type.decode(reader);
  expect(reader.remaining).toBe(0);
  return value;
}

const vectors = fixtureLines<Vector>("hadoop/writables.jsonl");

test.each(vectors)("$class $value is $hex in Java", (vector) => {
  const { type, value } = instanceFor(vector) as { type: WritableType<unknown>; value: unknown };
  expect(encoded(type, value)).toBe(vector.hex);
  const isText = type === (text as WritableType<unknown>) || type === (hadoopString as WritableType<unknown>);
  expect(decoded(type, vector.hex)).toEqual(isText ? toJavaWellFormed(value as string) : value);
});

test.each(vectors.filter(({ hash }) => hash !== undefined))("the hashCode of $class $value", (vector) => {
  const { type, value } = instanceFor(vector) as { type: WritableType<unknown>; value: unknown };
  expect(type.className).toBe(vector.class);
  expect(type.hash?.(value)).toBe(vector.hash);
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
  expect(nullable(text).hash?.(null)).toBe(text.hash?.(""));
  expect(nullable(text).compare?.(null, "a")).toBeLessThan(0);
  expect(() => nullable(vlong)).toThrow(TypeError);
});

describe("strings", () => {
  test("the three forms of a character beyond U+FFFF, and of U+0000", () => {
    expect(encoded(text, "🚀")).toBe("04f09f9a80");
    expect(encoded(javaUtf, "🚀\0")).toBe("0008eda0bdedba80c080");
    expect(encoded(utf8Writable, "🚀\0")).toBe("0007eda0bdedba8000");
    expect(encoded(hadoopString, "🚀")).toBe("00000004f09f9a80");
    for (const type of [javaUtf, utf8Writable]) {
      expect(decoded(type, "0009eda0bdedba80c08000")).toBe("🚀\0\0");
      // As Hadoop reads it since HADOOP-9103.
      expect(decoded(type, "0004f09f9a80")).toBe("🚀");
    }
  });

  test("null, where there is one", () => {
    expect(encoded(hadoopString, null)).toBe("ffffffff");
    expect(decoded(hadoopString, "ffffffff")).toBeNull();
  });

  test("UTF8 cuts what is too long, writeUTF refuses it", () => {
    expect(decoded(utf8Writable, encoded(utf8Writable, "日".repeat(30_000)))).toBe("日".repeat(21_845));
    expect(() => encoded(javaUtf, "日".repeat(21_846))).toThrow(RangeError);
  });
});

describe("ranges", () => {
  test.each<[string, () => unknown]>([
    ["a byte of 128", () => encoded(byteWritable, 128)],
    ["a short of -32769", () => encoded(shortWritable, -32_769)],
    ["an int of 2^31", () => encoded(intWritable, 2 ** 31)],
    ["a long of 2^63", () => encoded(longWritable, 2n ** 63n)],
    ["a long of 2^53 as a number", () => encoded(longWritable, 2 ** 53)],
    ["an MD5 of 15 bytes", () => encoded(md5Hash, Buffer.alloc(15))],
  ])("%s is refused", (_, encode) => {
    expect(encode).toThrow(RangeError);
  });

  test("every NaN has one form, and -0 keeps its sign", () => {
    const nan = new Float64Array(new BigUint64Array([0xfff8_0000_0000_1234n]).buffer)[0]!;
    expect(encoded(floatWritable, nan)).toBe("7fc00000");
    expect(encoded(doubleWritable, nan)).toBe("7ff8000000000000");
    expect(decoded(doubleWritable, encoded(doubleWritable, -0))).toBe(-0);
  });
});

describe("order", () => {
  const sorted = <Value>(type: WritableType<Value>, values: Value[]): Value[] =>
    [...values].sort((left, right) => type.compare!(left, right));

  test("Text by its bytes, not by its UTF-16 units; UTF8 the other way round", () => {
    expect(sorted(text, ["🚀", "\uffff", "b", "", "a"])).toEqual(["", "a", "b", "\uffff", "🚀"]);
    expect(sorted(utf8Writable, ["🚀", "\uffff"])).toEqual(["🚀", "\uffff"]);
  });

  test("numbers as Java compares them", () => {
    expect(sorted(longWritable, [2n ** 62n, -1, 0, -(2n ** 62n)])).toEqual([-(2n ** 62n), -1, 0, 2n ** 62n]);
    expect(sorted(doubleWritable, [NaN, 1, 0, -0, Infinity])).toEqual([-0, 0, 1, Infinity, NaN]);
    expect(sorted(booleanWritable, [true, false])).toEqual([false, true]);
  });
});

test("a schema is a type for others", () => {
  const point = defineWritable({ className: "x.Point", fields: { x: vint, y: vint } });
  const line = defineWritable({ className: "x.Line", fields: { from: point.type, to: point.type } });
  const value = { from: { x: 1, y: -1 }, to: { x: 2, y: 300 } };
  expect(line.encode(value).toString("hex")).toBe("01ff028e012c");
  expect(line.decode(line.encode(value))).toEqual(value);
  const instance = instanceOf(point.type, value.from);
  expect(isInstanceOf(instance, point.type) && instance.value.x).toBe(1);
  expect(isInstanceOf(instance, line.type)).toBe(false);
});

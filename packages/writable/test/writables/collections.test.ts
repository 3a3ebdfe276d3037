import { deflateSync, gzipSync } from "node:zlib";
import { describe, expect, expectTypeOf, test } from "vitest";
import {
  anyEnumSetWritable,
  arrayPrimitiveWritable,
  arrayWritable,
  ByteReader,
  ByteWriter,
  bytesWritable,
  compressedString,
  compressedWritable,
  defineWritable,
  enumSetWritable,
  genericWritable,
  instanceOf,
  intWritable,
  nullWritable,
  shortWritable,
  text,
  twoDArrayWritable,
  versionedWritable,
  vint,
  WritableClasses,
  writableErrors,
  type JavaObject,
  type WritableEntries,
  type WritableInstance,
  type WritableType,
} from "../../src/index.ts";
import { codeOf } from "../fixtures.ts";

const { mapWritable, sortedMapWritable, objectWritable } = new WritableClasses();

function encode<Value, Input>(type: WritableType<Value, Input>, value: Input): Buffer {
  const target = new ByteWriter();
  type.encode(target, value);
  return target.view();
}

function decode<Value, Input>(type: WritableType<Value, Input>, bytes: Buffer | string): Value {
  return type.decode(new ByteReader(typeof bytes === "string" ? Buffer.from(bytes, "hex") : bytes));
}

const utf8 = (value: string): string => {
  const bytes = Buffer.from(value);
  return bytes.length.toString(16).padStart(4, "0") + bytes.toString("hex");
};
const word = (value: string): WritableInstance => instanceOf(text, value);
const int = (value: number): WritableInstance => instanceOf(intWritable, value);

describe("arrays", () => {
  test("have the types of their elements", () => {
    const ints = arrayWritable(intWritable);
    expectTypeOf<ReturnType<typeof ints.decode>>().toEqualTypeOf<number[]>();
    expect(encode(ints, [1, 2]).toString("hex")).toBe("000000020000000100000002");
    expect(encode(arrayWritable(arrayWritable(text)), [["a"], []]).toString("hex")).toBe(
      "0000000200000001016100000000",
    );
  });

  test("of primitives: every component", () => {
    for (const values of [
      [true, false],
      Int8Array.of(-128),
      Int16Array.of(-2),
      Uint16Array.of(0xd800),
      Int32Array.of(7),
      BigInt64Array.of(-(2n ** 63n)),
      Float32Array.of(0.5),
      Float64Array.of(-0, NaN),
    ]) {
      expect(decode(arrayPrimitiveWritable, encode(arrayPrimitiveWritable, values))).toEqual(values);
    }
    expect(encode(arrayPrimitiveWritable, Uint16Array.of(65)).toString("hex")).toBe(
      `${utf8("char")}000000010041`,
    );
    expect(() => encode(arrayPrimitiveWritable, new Uint8Array(1) as never)).toThrow(TypeError);
  });
});

describe("maps", () => {
  const entries: WritableEntries = [
    [word("b"), int(1)],
    [word("a"), int(2)],
  ];
  const keysOf = (map: WritableEntries): unknown[] => map.map(([key]) => key.value);

  test("a MapWritable keeps its order, a SortedMapWritable that of its keys", () => {
    expect(keysOf(decode(mapWritable, encode(mapWritable, entries)))).toEqual(["b", "a"]);
    expect(keysOf(decode(sortedMapWritable, encode(sortedMapWritable, entries)))).toEqual(["a", "b"]);
    const mixed: WritableEntries = [
      [word("b"), int(1)],
      [int(1), int(1)],
    ];
    expect(() => encode(sortedMapWritable, mixed)).toThrow(TypeError);
    expect(() => encode(sortedMapWritable, [[instanceOf(mapWritable, []), int(1)], ...entries])).toThrow(
      TypeError,
    );
  });

  test("mapOrder hash: bucket by bucket, and more buckets past three quarters", () => {
    const hashed = new WritableClasses({ mapOrder: "hash" }).mapWritable;
    const map = (keys: number[]): WritableEntries => keys.map((key) => [int(key), int(0)]);
    expect(keysOf(decode(hashed, encode(hashed, map([17, 3, 16, 0, 1]))))).toEqual([16, 0, 17, 1, 3]);
    // Thirteen entries need 32 buckets, in which 17 comes behind 12.
    const many = [17, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1];
    expect(keysOf(decode(hashed, encode(hashed, map(many))))).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 17,
    ]);
    // The upper half of a hash has its part: 65536 is in bucket 1.
    expect(keysOf(decode(hashed, encode(hashed, map([2, 65_536]))))).toEqual([65_536, 2]);
    const array = instanceOf(arrayWritable(intWritable), []);
    expect(() => encode(hashed, [[array, int(0)]])).toThrow(TypeError);
  });

  test("classes without a built-in id get one, those of the options are known", () => {
    const point = defineWritable({ className: "x.Point", fields: { x: vint } });
    const map: WritableEntries = [[word("p"), instanceOf(point.type, { x: 5 })]];
    const bytes = encode(mapWritable, map);
    expect(bytes.toString("hex")).toBe(`0101${utf8("x.Point")}000000018c01700105`);
    expect(codeOf(() => decode(mapWritable, bytes))).toBe(writableErrors.unknownClass);
    expect(decode(new WritableClasses({ types: [point.type] }).mapWritable, bytes)).toEqual(map);
    const types = Array.from({ length: 128 }, (_, index) =>
      defineWritable({ className: `x.C${index}`, fields: { x: vint } }),
    );
    const tooMany = types.map(({ type }): WritableEntries[number] => [instanceOf(type, { x: 1 }), int(0)]);
    expect(encode(mapWritable, tooMany.slice(1))).toBeInstanceOf(Buffer);
    expect(() => encode(mapWritable, tooMany)).toThrow(RangeError);
  });

  test("a map in a map has a table of its own", () => {
    const inner: WritableEntries = [[word("x"), instanceOf(shortWritable, 1)]];
    const outer: WritableEntries = [[word("m"), instanceOf(mapWritable, inner)]];
    expect(decode(mapWritable, encode(mapWritable, outer))).toEqual(outer);
    expect(encode(mapWritable, outer).toString("latin1").split("ShortWritable")).toHaveLength(2);
  });

  test.each([
    ["an id that stands for nothing", `00000000010501610000`, writableErrors.malformed],
    ["a negative number of classes", "ff00000000", writableErrors.length],
    ["a negative number of entries", "00ffffffff", writableErrors.length],
    ["2^31 - 1 entries", "007fffffff", writableErrors.length],
  ])("%s", (_, hex, code) => {
    expect(codeOf(() => decode(mapWritable, hex))).toBe(code);
    expect(codeOf(() => decode(sortedMapWritable, hex))).toBe(code);
  });
});

describe("ObjectWritable", () => {
  const color = "x.Color";
  const classes = new WritableClasses({ enums: [color] });
  test.each<[JavaObject, string]>([
    [{ kind: "boolean", value: true }, `${utf8("boolean")}01`],
    [{ kind: "char", value: "ä" }, `${utf8("char")}00e4`],
    [{ kind: "byte", value: -1 }, `${utf8("byte")}ff`],
    [{ kind: "short", value: -2 }, `${utf8("short")}fffe`],
    [{ kind: "int", value: 5 }, `${utf8("int")}00000005`],
    [{ kind: "float", value: 0.5 }, `${utf8("float")}3f000000`],
    [{ kind: "double", value: 2.5 }, `${utf8("double")}4004000000000000`],
    [{ kind: "void" }, utf8("void")],
    [{ kind: "string", value: "é" }, `${utf8("java.lang.String")}0002c3a9`],
    [{ kind: "enum", className: color, value: "RED" }, utf8(color) + utf8("RED")],
    [
      { kind: "array", className: "[I", elements: [{ kind: "int", value: 1 }] },
      `${utf8("[I")}00000001${utf8("int")}00000001`,
    ],
    [
      { kind: "primitiveArray", values: Int8Array.of(1) },
      `${utf8("org.apache.hadoop.io.ArrayPrimitiveWritable$Internal")}${utf8("byte")}0000000101`,
    ],
    [
      { kind: "writable", instance: word("a") },
      `${utf8("org.apache.hadoop.io.Text")}${utf8("org.apache.hadoop.io.Text")}0161`,
    ],
    [
      { kind: "writable", className: "org.apache.hadoop.io.Writable", instance: int(1) },
      `${utf8("org.apache.hadoop.io.Writable")}${utf8("org.apache.hadoop.io.IntWritable")}00000001`,
    ],
  ])("%j", (object, hex) => {
    expect(encode(classes.objectWritable, object).toString("hex")).toBe(hex);
    expect(decode(classes.objectWritable, hex)).toEqual(object);
  });

  test("what it does not know, and what is too much", () => {
    const unknown = utf8("x.A") + utf8("x.B");
    expect(codeOf(() => decode(objectWritable, unknown))).toBe(writableErrors.unknownClass);
    expect(codeOf(() => decode(objectWritable, `${utf8("[I")}7fffffff`))).toBe(writableErrors.length);
    expect(codeOf(() => decode(objectWritable, `${utf8("[I")}ffffffff`))).toBe(writableErrors.length);
    expect(() => encode(objectWritable, { kind: "char", value: "ab" })).toThrow(TypeError);
  });
});

describe("levels", () => {
  const array = (elements: JavaObject[]): JavaObject => ({ kind: "array", className: "[", elements });

  test("64 are read and written, more are an error", () => {
    let object: JavaObject = { kind: "void" };
    for (let level = 0; level < 64; level += 1) object = array([object]);
    const bytes = encode(objectWritable, object);
    expect(decode(objectWritable, bytes)).toEqual(object);
    expect(() => encode(objectWritable, array([object]))).toThrow(RangeError);
    const deeper = `${utf8("[")}00000001`.repeat(100_000);
    expect(codeOf(() => decode(objectWritable, deeper))).toBe(writableErrors.nesting);
  });

  test("a cycle cannot be written", () => {
    const elements: JavaObject[] = [];
    elements.push(array(elements));
    expect(() => encode(objectWritable, array(elements))).toThrow(RangeError);
    const entries: [WritableInstance, WritableInstance][] = [];
    entries.push([int(1), instanceOf(mapWritable, entries)]);
    expect(() => encode(mapWritable, entries)).toThrow(RangeError);
  });

  test("maps and objects in each other count together", () => {
    const object = utf8("org.apache.hadoop.io.Writable") + utf8("org.apache.hadoop.io.MapWritable");
    // No classes, one entry: IntWritable 0 and an ObjectWritable of the next map.
    const level = `000000000185000000008a${object}`;
    expect(codeOf(() => decode(mapWritable, level.repeat(1000)))).toBe(writableErrors.nesting);
  });

  test("levels are counted through compressed content, too", () => {
    const bag: WritableType<unknown> = {
      name: "Bag",
      className: "x.Bag",
      nullable: false,
      empty: undefined,
      encode: (target, value) => packed.encode(target, value as WritableEntries),
      decode: (source) => packed.decode(source),
    };
    const content = new WritableClasses({ types: [bag] }).mapWritable;
    const packed = compressedWritable({ className: "x.Bag", content });
    const levels = (count: number): Buffer => {
      let bytes = encode(packed, []);
      for (let level = 0; level < count; level += 1) {
        // One class, x.Bag; one entry: IntWritable 0 and the bag of before.
        const head = Buffer.from(`0101${utf8("x.Bag")}00000001850000000001`, "hex");
        const stream = deflateSync(Buffer.concat([head, bytes]));
        const length = Buffer.alloc(4);
        length.writeInt32BE(stream.length);
        bytes = Buffer.concat([length, stream]);
      }
      return bytes;
    };
    expect(decode(packed, levels(31))).toHaveLength(1);
    expect(codeOf(() => decode(packed, levels(32)))).toBe(writableErrors.nesting);
  });
});

describe("EnumSetWritable", () => {
  const colors = enumSetWritable({ className: "x.Color", constants: ["RED", "GREEN", "BLUE"] });
  const name = `0000${utf8("x.Color")}`;

  test("is a typed set, in the order of the constants", () => {
    expectTypeOf<ReturnType<typeof colors.decode>>().toEqualTypeOf<Set<"RED" | "GREEN" | "BLUE"> | null>();
    const hex = `00000002${utf8("x.Color")}${utf8("RED")}${utf8("x.Color")}${utf8("BLUE")}`;
    expect(encode(colors, new Set(["BLUE", "RED"])).toString("hex")).toBe(hex);
    expect(decode(colors, hex)).toEqual(new Set(["RED", "BLUE"]));
  });

  test("empty, and null, name their class", () => {
    expect(encode(colors, new Set()).toString("hex")).toBe(`00000000${name}`);
    expect(encode(colors, null).toString("hex")).toBe(`ffffffff${name}`);
    expect(decode(colors, `00000000${name}`)).toEqual(new Set());
    expect(decode(colors, `ffffffff${name}`)).toBeNull();
  });

  test.each([
    ["another enum", `00000001${utf8("x.Shape")}${utf8("RED")}`, writableErrors.unknownClass],
    ["no constant of it", `00000001${utf8("x.Color")}${utf8("PINK")}`, writableErrors.malformed],
    ["a count below -1", "fffffffe", writableErrors.length],
    ["more than is there", `7fffffff${utf8("x.Color")}${utf8("RED")}`, writableErrors.truncated],
    ["an empty set of another enum", "0000000000000000", writableErrors.unknownClass],
  ])("%s", (_, hex, code) => {
    expect(codeOf(() => decode(colors, hex))).toBe(code);
  });

  test("of an enum that is not known", () => {
    const hex = `00000002${utf8("x.Color")}${utf8("RED")}${utf8("x.Color")}${utf8("BLUE")}`;
    const set = { className: "x.Color", constants: ["RED", "BLUE"] };
    expect(decode(anyEnumSetWritable, hex)).toEqual(set);
    expect(encode(anyEnumSetWritable, set).toString("hex")).toBe(hex);
    const nothing = { className: null, constants: null };
    expect(decode(anyEnumSetWritable, encode(anyEnumSetWritable, nothing))).toEqual(nothing);
    expect(() => encode(anyEnumSetWritable, { ...nothing, constants: ["RED"] })).toThrow(TypeError);
    const two = `00000002${utf8("x.Color")}${utf8("RED")}${utf8("x.Shape")}${utf8("RED")}`;
    expect(codeOf(() => decode(anyEnumSetWritable, two))).toBe(writableErrors.malformed);
  });

  test("a map knows it, and gives it its constants where they are known", () => {
    const any = instanceOf(anyEnumSetWritable, { className: "x.Color", constants: ["RED"] });
    const bytes = encode(mapWritable, [[word("c"), any]]);
    expect(decode(mapWritable, bytes)).toEqual([[word("c"), any]]);
    const typed = new WritableClasses({ types: [colors] }).mapWritable;
    expect(decode(typed, bytes)).toEqual([[word("c"), instanceOf(colors, new Set(["RED"] as const))]]);
  });

  test("refuses what is no constant", () => {
    expect(() => encode(colors, new Set(["PINK"]) as never)).toThrow(TypeError);
  });
});

describe("subclasses of Hadoop's abstract Writables", () => {
  test("GenericWritable: an index, then the instance", () => {
    const either = genericWritable({ className: "x.Either", types: [text, intWritable] });
    expect(encode(either, int(5)).toString("hex")).toBe("0100000005");
    expect(decode(either, "0100000005")).toEqual(int(5));
    expect(codeOf(() => decode(either, "02"))).toBe(writableErrors.unknownClass);
    expect(() => encode(either, instanceOf(vint, 5))).toThrow(TypeError);
    expect(() => genericWritable({ className: "x", types: Array.from({ length: 128 }, () => text) })).toThrow(
      RangeError,
    );
  });

  test("VersionedWritable: its version, then its content", () => {
    const versioned = versionedWritable({ className: "x.V", version: 3, content: text });
    expect(encode(versioned, "a").toString("hex")).toBe("030161");
    expect(decode(versioned, "030161")).toBe("a");
    expect(codeOf(() => decode(versioned, "020161"))).toBe(writableErrors.malformed);
  });

  test("CompressedWritable: length and a zlib stream, with a bound", () => {
    const packed = compressedWritable({ className: "x.C", content: bytesWritable, contentBytesMax: 1004 });
    const content = Buffer.alloc(1000, 7);
    expect(decode(packed, encode(packed, content))).toEqual(content);
    const bomb = encode(packed, Buffer.alloc(1001));
    expect(codeOf(() => decode(packed, bomb))).toBe(writableErrors.malformed);
    expect(codeOf(() => decode(packed, "0000000100"))).toBe(writableErrors.malformed);
    const longer = deflateSync(Buffer.from("0000000000", "hex"));
    const bytes = Buffer.concat([Buffer.from([0, 0, 0, longer.length]), longer]);
    expect(codeOf(() => decode(packed, bytes))).toBe(writableErrors.trailingBytes);
  });

  test("a compressed string has a bound, too", () => {
    expect(decode(compressedString, encode(compressedString, "aé"))).toBe("aé");
    expect(decode(compressedString, encode(compressedString, null))).toBeNull();
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024 + 1), { level: 1 });
    const length = Buffer.alloc(4);
    length.writeInt32BE(bomb.length);
    expect(codeOf(() => decode(compressedString, Buffer.concat([length, bomb])))).toBe(
      writableErrors.malformed,
    );
  });
});

describe("counts that lie", () => {
  const nulls = arrayWritable(nullWritable);
  test.each<[string, WritableType<unknown, never>, string]>([
    ["2^31 - 1 elements of no bytes", nulls, "7fffffff"],
    ["-1 elements", nulls, "ffffffff"],
    ["2^31 - 1 rows", twoDArrayWritable(nullWritable), "7fffffff"],
    ["rows of 2^31 - 1 elements", twoDArrayWritable(nullWritable), "000000027fffffff7fffffff"],
    ["many arrays of elements of no bytes", arrayWritable(nulls), `00000100${"0000ffff".repeat(256)}`],
    ["2^31 - 1 primitives", arrayPrimitiveWritable, `${utf8("long")}7fffffff`],
  ])("%s are refused before they take memory", (_, type, hex) => {
    expect(codeOf(() => decode(type, hex))).toBe(writableErrors.length);
  });

  test("as many primitives as there are bytes, and too few bytes", () => {
    expect(codeOf(() => decode(arrayPrimitiveWritable, `${utf8("long")}0000000800`))).toBe(
      writableErrors.truncated,
    );
    expect(codeOf(() => decode(arrayPrimitiveWritable, `${utf8("text")}00000000`))).toBe(
      writableErrors.malformed,
    );
  });

  test("65,536 elements without bytes are taken", () => {
    expect(decode(nulls, "00010000")).toHaveLength(65_536);
  });
});

import { readFileSync } from "node:fs";
import {
  arrayPrimitiveWritable,
  arrayWritable,
  ByteWriter,
  bytesWritable,
  floatWritable,
  instanceOf,
  intWritable,
  longWritable,
  md5Hash,
  nullWritable,
  text,
  WritableClasses,
  WritableError,
  type AnyWritableType,
  type JavaObject,
  type WritableEntries,
  type WritableInstance,
  type WritableType,
} from "@sewer/writable";
import { describe, expect, test } from "vitest";
import { jsonDecoder } from "../../src/cat/writable-json.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { fixture, printed, writeSequenceFile } from "./support.ts";

const directory = temporaryDirectory();
const { mapWritable, sortedMapWritable, objectWritable } = new WritableClasses();

/** A map that holds something of every kind. */
const entries: WritableEntries = [
  [instanceOf(text, "__proto__"), instanceOf(longWritable, 2n ** 53n)],
  [instanceOf(text, "9"), instanceOf(longWritable, -(2 ** 53 - 1))],
  [instanceOf(text, "1"), instanceOf(floatWritable, NaN)],
  [instanceOf(intWritable, 1), instanceOf(bytesWritable, Buffer.from("cafe", "hex"))],
  [instanceOf(md5Hash, Buffer.alloc(16, 1)), instanceOf(nullWritable, null)],
  [instanceOf(text, "type"), instanceOf(mapWritable, [[instanceOf(text, "kind"), instanceOf(text, "ä")]])],
  [instanceOf(text, "array"), instanceOf(arrayPrimitiveWritable, BigInt64Array.of(5n, 2n ** 60n))],
  [instanceOf(text, "object"), instanceOf(objectWritable, { kind: "string", value: "s" })],
];

const entriesAsJson = [
  ["__proto__", "9007199254740992"],
  ["9", -9007199254740991],
  ["1", "NaN"],
  [1, "cafe"],
  ["01".repeat(16), null],
  ["type", [["kind", "ä"]]],
  ["array", [5, "1152921504606846976"]],
  ["object", "s"],
];

function encode<Input>(type: WritableType<unknown, Input>, value: Input): Buffer {
  const target = new ByteWriter();
  type.encode(target, value);
  return Buffer.from(target.view());
}

/** The bytes of a map of one entry. */
function mapOf(value: WritableInstance): Buffer {
  return encode(mapWritable, [[instanceOf(text, "k"), value]]);
}

function decode({ className }: AnyWritableType, bytes: Buffer): unknown {
  return jsonDecoder(className).decode(bytes);
}

function failureOf(call: () => unknown): unknown {
  try {
    call();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** The keys of a file with these keys, as they are printed. */
async function printedKeys(className: string, keys: readonly Buffer[]): Promise<unknown[]> {
  const { lines, error } = await printed(await writeSequenceFile(directory(), className, keys));
  expect(error).toBeUndefined();
  return lines.map((line) => (JSON.parse(line) as { key: unknown }).key);
}

/** The vectors of these classes in a fixture, as they are printed. */
async function printedVectors(file: string, classes: readonly string[]): Promise<Record<string, unknown[]>> {
  const lines = readFileSync(fixture(file), "utf8").trim().split("\n");
  const vectors = lines.map((line) => JSON.parse(line) as { class: string; hex: string });
  const printedByClass: Record<string, unknown[]> = {};
  for (const name of classes) {
    const className = `org.apache.hadoop.io.${name}`;
    const keys = vectors.filter((vector) => vector.class === className);
    printedByClass[name] = await printedKeys(
      className,
      keys.map(({ hex }) => Buffer.from(hex, "hex")),
    );
  }
  return printedByClass;
}

test("what Hadoop wrote", async () => {
  const expected: Record<string, unknown[]> = {
    MapWritable: [[[5, 2.5]]],
    SortedMapWritable: [
      [
        ["a", null],
        ["b", 1],
        ["c", 1],
      ],
    ],
    ObjectWritable: [-5, ["a", "b"], null],
    ArrayPrimitiveWritable: [[1, 2, 3]],
    MD5Hash: ["a8891c8e979543bd38bd205c5eee4ee4"],
    UTF8: ["a", "\u0080", "🚀"],
    // The class of its elements is not in the file.
    TwoDArrayWritable: ["00000003000000020000000000000001000000010000000200000003"],
  };
  expect(await printedVectors("writables.jsonl", Object.keys(expected))).toEqual(expected);
});

test("sets of enums, and arrays as far as their bytes say what is in them, as Hadoop wrote them", async () => {
  const inObject = Buffer.from("org.apache.hadoop.io.ArrayWritable");
  const expected: Record<string, unknown[]> = {
    EnumSetWritable: [["CREATE", "OVERWRITE"], [], null, ["SECONDS"]],
    ArrayWritable: [[], "0000000201610162", "00000001000178"],
    TwoDArrayWritable: [[[], []]],
    MapWritable: [[["flags", ["APPEND", "SYNC_BLOCK"]]], [["none", []]]],
    ObjectWritable: [
      ["APPEND"],
      // An enum by itself looks like a Writable that is not known.
      `001f${Buffer.from("org.apache.hadoop.fs.CreateFlag").toString("hex")}0006${Buffer.from("APPEND").toString("hex")}`,
      `${`0022${inObject.toString("hex")}`.repeat(2)}000000010161`,
    ],
  };
  expect(await printedVectors("collections.jsonl", Object.keys(expected))).toEqual(expected);
});

test("a map is its pairs, in their order, whatever its keys are", async () => {
  expect(await printedKeys(mapWritable.className, [encode(mapWritable, entries)])).toEqual([entriesAsJson]);
  expect(await printedKeys(sortedMapWritable.className, [encode(sortedMapWritable, [])])).toEqual([[]]);
});

test("every kind of Java object, and every primitive array", () => {
  const objects: [JavaObject, unknown][] = [
    [{ kind: "boolean", value: true }, true],
    [{ kind: "char", value: "\ud800" }, "\ud800"],
    [{ kind: "byte", value: -1 }, -1],
    [{ kind: "double", value: -Infinity }, "-Infinity"],
    [{ kind: "long", value: 2n ** 63n - 1n }, "9223372036854775807"],
    [{ kind: "void" }, null],
    [{ kind: "null", className: "java.lang.String" }, null],
    [{ kind: "writable", instance: instanceOf(mapWritable, entries) }, entriesAsJson],
    [{ kind: "array", className: "[I", elements: [{ kind: "int", value: 7 }, { kind: "void" }] }, [7, null]],
    [{ kind: "primitiveArray", values: [true, false] }, [true, false]],
    [{ kind: "primitiveArray", values: Uint16Array.of(0x41, 0xdc00) }, ["A", "\udc00"]],
    [{ kind: "primitiveArray", values: Int8Array.of(-128) }, [-128]],
    [{ kind: "primitiveArray", values: Float64Array.of(0.5, NaN) }, [0.5, "NaN"]],
  ];
  for (const [object, json] of objects) {
    expect(decode(objectWritable, encode(objectWritable, object)), JSON.stringify(json)).toEqual(json);
  }
});

describe("hex instead", () => {
  test.each<[string, Buffer]>([
    ["a class that is not known", mapOf(instanceOf({ ...intWritable, className: "com.example.Own" }, 1))],
    ["an array, whose bytes do not name its elements", mapOf(instanceOf(arrayWritable(intWritable), [1]))],
    [
      "an enum, whose bytes do not say that it is one",
      mapOf(instanceOf(objectWritable, { kind: "enum", className: "com.example.Color", value: "RED" })),
    ],
  ])("a map that holds %s", (_, bytes) => {
    expect(decode(mapWritable, bytes)).toBe(bytes.toString("hex"));
  });

  test("a collection of more than 1 MiB; a text has any length", () => {
    const ofBytes = (count: number): Buffer => encode(arrayPrimitiveWritable, new Int8Array(count - 10));
    expect(decode(arrayPrimitiveWritable, ofBytes(2 ** 20))).toHaveLength(2 ** 20 - 10);
    const long = ofBytes(2 ** 20 + 1);
    expect(decode(arrayPrimitiveWritable, long)).toBe(long.toString("hex"));
    expect(decode(text, encode(text, "x".repeat(2 ** 21)))).toHaveLength(2 ** 21);
    expect(decode(bytesWritable, encode(bytesWritable, Buffer.alloc(2 ** 20)))).toHaveLength(2 ** 21);
  });
});

describe("damage", () => {
  const whole = encode(mapWritable, entries);

  test("a value that is cut off or has bytes behind it: the others are printed, then the file's error", async () => {
    const keys = [whole, whole.subarray(0, -1), Buffer.concat([whole, Buffer.alloc(1)]), whole];
    const { lines, error } = await printed(await writeSequenceFile(directory(), mapWritable.className, keys));
    expect(lines).toHaveLength(2);
    expect(error).toMatchObject({
      code: "SEWER_CAT_DAMAGED",
      message: expect.stringMatching(/^damaged at record 2: .* \(at byte \d+\) \(the first of 2 places\)$/),
    });
  });

  test("any prefix and any changed byte gives JSON or a typed error", () => {
    const damaged = Array.from(whole, (_, at) => whole.subarray(0, at));
    for (const at of whole.keys()) {
      for (const byte of [0x00, 0x7f, 0x80, 0xff, whole[at]! ^ 1]) {
        const changed = Buffer.from(whole);
        changed[at] = byte;
        damaged.push(changed);
      }
    }
    const others = damaged
      .map((bytes) => failureOf(() => JSON.stringify(decode(mapWritable, bytes))))
      .filter((failure) => failure !== undefined && !(failure instanceof WritableError));
    expect(others).toEqual([]);
  });

  test("maps in maps without end, and counts that lie", () => {
    const deep = Buffer.from("00000000018987".repeat(10_000), "hex");
    const endless = Buffer.from("00046279746500ffffff", "hex");
    expect(() => decode(mapWritable, deep)).toThrow(/deeper than 64 levels/);
    expect(() => decode(arrayPrimitiveWritable, endless)).toThrow(/16777215 elements are announced/);
  });
});

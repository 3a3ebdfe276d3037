import * as fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import {
  accessLogEvent,
  arrayPrimitiveWritable,
  arrayWritable,
  bytesWritable,
  defineWritable,
  nullable,
  nullWritable,
  schemaOf,
  text,
  textBytes,
  twoDArrayWritable,
  vint,
  vlong,
  writableErrors,
  type AccessLogEvent,
  type SchemaDescription,
  type WritableFields,
  type WritableInput,
  type WritableValue,
} from "../src/index.ts";
import { anyText, codeOf, fixtureLines } from "./fixtures.ts";

const sample = defineWritable({
  className: "test.Sample",
  fields: { count: vint, at: vlong, title: nullable(text), raw: nullable(textBytes), body: bytesWritable },
});

const event: AccessLogEvent = {
  timestamp: 1_700_000_000_000,
  ip: "203.0.113.9",
  host: "px.example.com",
  requestPath: "/p.gif",
  queryString: null,
  referer: "",
  userAgent: "Mozilla/5.0 🚀",
  cookies: null,
};

interface OldEvent extends Omit<AccessLogEvent, "timestamp"> {
  timestamp: string;
  sortHash: string;
  toString: () => string;
  hex: string;
}

describe("types", () => {
  test("a schema says what it decodes and encodes", () => {
    expectTypeOf<WritableValue<typeof sample>>().toEqualTypeOf<{
      count: number;
      at: number | bigint;
      title: string | null;
      raw: Buffer | null;
      body: Buffer;
    }>();
    expectTypeOf<WritableInput<typeof sample>>().toEqualTypeOf<{
      readonly count: number;
      readonly at: number | bigint;
      readonly title: string | null;
      readonly raw: Uint8Array | null;
      readonly body: Uint8Array;
    }>();
    // @ts-expect-error a field that may not be null
    expect(() => accessLogEvent.encode({ ...event, host: null })).toThrow(TypeError);
  });
});

describe("access-log", () => {
  test("its description is that of docs/formats/record.md", () => {
    expect(accessLogEvent.name).toBe("access-log");
    expect(accessLogEvent.className).toBe("sewer.AccessLogEvent");
    expect(accessLogEvent.flagBytes).toBe(1);
    expect(accessLogEvent.fields).toEqual([
      { name: "timestamp", type: "VLong", nullable: false },
      { name: "ip", type: "Text", nullable: false },
      { name: "host", type: "Text", nullable: false },
      { name: "requestPath", type: "Text", nullable: false },
      { name: "queryString", type: "Text", nullable: true },
      { name: "referer", type: "Text", nullable: true },
      { name: "userAgent", type: "Text", nullable: true },
      { name: "cookies", type: "Text", nullable: true },
    ]);
  });

  test.each(fixtureLines<OldEvent>("hadoop/accesslogevent.jsonl"))(
    "the eight fields of $hex",
    ({ sortHash, hex, timestamp, ...others }) => {
      const fields: Omit<typeof others, "toString"> = others;
      Reflect.deleteProperty(fields, "toString");
      const value = { ...fields, timestamp: BigInt(timestamp) };
      const hash = `20${Buffer.from(sortHash).toString("hex")}`;
      expect(accessLogEvent.encode(value).toString("hex") + hash).toBe(hex);
      const decoded = accessLogEvent.decode(Buffer.from(hex.slice(0, -hash.length), "hex"));
      const { referer, cookies } = fields;
      const emptied = { ...fields, referer: referer ?? "", cookies: cookies ?? "" };
      expect(decoded).toEqual({ ...emptied, timestamp: Number(timestamp) });
    },
  );

  test("a record is the flags and the Writable bytes", () => {
    const record = accessLogEvent.encodeRecord(event);
    expect(record[0]).toBe(0b1001);
    expect(record.subarray(1).equals(accessLogEvent.encode(event))).toBe(true);
    expect(accessLogEvent.decodeRecord(record)).toEqual(event);
    expect(accessLogEvent.decode(record.subarray(1))).toEqual({ ...event, queryString: "", cookies: "" });
  });
});

describe("records", () => {
  test("the example of docs/formats/record.md", () => {
    const absent = { referer: null, userAgent: null, cookies: null };
    const request = { timestamp: 1000, ip: "10.0.0.1", host: "h", requestPath: "/p", queryString: "" };
    const hex = "0e8e03e80831302e302e302e310168022f7000000000";
    expect(accessLogEvent.encodeRecord({ ...request, ...absent }).toString("hex")).toBe(hex);
  });

  test.each([
    [0, ""],
    [1, "01"],
    [7, "7f"],
    [8, "ff"],
    [9, "ff01"],
    [16, "ffff"],
    [17, "ffff01"],
  ])("%i nullable fields, all null", (count, flags) => {
    const fields: Record<string, typeof text | ReturnType<typeof nullable<string, string>>> = { first: text };
    for (let index = 0; index < count; index++) fields[`field${index}`] = nullable(text);
    const schema = defineWritable({ className: "test.Wide", fields });
    const value = Object.fromEntries(
      Object.keys(fields).map((name) => [name, name === "first" ? "x" : null]),
    );
    const record = schema.encodeRecord(value);
    expect(record.toString("hex")).toBe(`${flags}0178${"00".repeat(count)}`);
    expect(schema.flagBytes).toBe(flags.length / 2);
    expect(schema.decodeRecord(record)).toEqual(value);
  });

  test("any value goes there and back, in both forms", () => {
    const values = fc.record({
      count: fc.integer(),
      at: fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
      title: fc.option(anyText(40)),
      raw: fc.option(fc.uint8Array().map((bytes) => Buffer.from(bytes))),
      body: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    });
    fc.assert(
      fc.property(values, (value) => {
        const safe = Number.isSafeInteger(Number(value.at)) ? Number(value.at) : value.at;
        const expected = { ...value, at: safe };
        expect(sample.decodeRecord(sample.encodeRecord(value))).toEqual(expected);
        const { title, raw } = expected;
        const emptied = { ...expected, title: title ?? "", raw: raw ?? Buffer.alloc(0) };
        expect(sample.decode(sample.encode(value))).toEqual(emptied);
      }),
    );
  });

  test("every cut and every byte too many is a typed error", () => {
    const record = accessLogEvent.encodeRecord(event);
    for (let cut = 0; cut < record.length; cut++) {
      expect(codeOf(() => accessLogEvent.decodeRecord(record.subarray(0, cut)))).toBe(
        writableErrors.truncated,
      );
    }
    const longer = Buffer.concat([record, Buffer.alloc(1)]);
    expect(codeOf(() => accessLogEvent.decodeRecord(longer))).toBe(writableErrors.trailingBytes);
    expect(codeOf(() => accessLogEvent.decode(longer.subarray(1)))).toBe(writableErrors.trailingBytes);
  });

  test("flags that contradict the fields are a typed error", () => {
    const record = accessLogEvent.encodeRecord(event);
    record[0] = 0b1101;
    expect(codeOf(() => accessLogEvent.decodeRecord(record))).toBe(writableErrors.nullFlags);
    record[0] = 0b1_1001;
    expect(codeOf(() => accessLogEvent.decodeRecord(record))).toBe(writableErrors.nullFlags);
  });

  test("random bytes decode or give a typed error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        for (const decode of [() => sample.decode(bytes), () => accessLogEvent.decodeRecord(bytes)]) {
          expect([undefined, ...Object.values<string>(writableErrors)]).toContain(codeOf(decode));
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("a view", () => {
  const bytes = accessLogEvent.encode(event);

  test("has the fields of decode, as getters of its class", () => {
    const view = accessLogEvent.view(bytes);
    expectTypeOf(view).toEqualTypeOf<Readonly<AccessLogEvent>>();
    expect(view.timestamp).toBe(1_700_000_000_000);
    expect(view.userAgent).toBe("Mozilla/5.0 🚀");
    expect(view.userAgent).toBe("Mozilla/5.0 🚀");
    expect([view.queryString, view.referer, view.cookies]).toEqual(["", "", ""]);
    expect(Object.keys(view)).toEqual([]);
    expect(() => Object.assign(view, { ip: "" })).toThrow(TypeError);
  });

  test("is of the bytes, not of a copy", () => {
    const own = Buffer.from(bytes);
    const view = accessLogEvent.view(own);
    own[own.indexOf("px.example")] = 0x50;
    expect(view.host).toBe("Px.example.com");
  });

  test("is a field of others", () => {
    const outer = defineWritable({
      className: "test.Outer",
      fields: { before: text, inner: sample.viewType, after: vint },
    });
    const inner = { count: 3, at: 4, title: "t", raw: Buffer.from("r"), body: Buffer.from("b") };
    const decoded = outer.decode(outer.encode({ before: "x", inner, after: 9 }));
    expect(decoded.after).toBe(9);
    const { count, at, title, raw, body } = decoded.inner;
    expect({ count, at, title, raw, body }).toEqual(inner);
  });

  test("has as many elements without bytes as decode takes", () => {
    const schema = defineWritable({
      className: "test.Empty",
      fields: { before: text, nothing: arrayWritable(nullWritable) },
    });
    const empty = schema.encode({
      before: "x".repeat(200_000),
      nothing: Array.from({ length: 150_000 }, () => null),
    });
    expect(schema.view(empty).nothing).toEqual(schema.decode(empty).nothing);
  });

  test("is refused where decode refuses the bytes, when it is made", () => {
    for (let cut = 0; cut < bytes.length; cut++) {
      expect(codeOf(() => accessLogEvent.view(bytes.subarray(0, cut)))).toBe(writableErrors.truncated);
    }
    const longer = Buffer.concat([bytes, Buffer.alloc(1)]);
    expect(codeOf(() => accessLogEvent.view(longer))).toBe(writableErrors.trailingBytes);
  });
});

describe("schemaOf", () => {
  test("makes the schema again from its JSON", () => {
    const description = JSON.parse(
      JSON.stringify({ name: accessLogEvent.name, fields: accessLogEvent.fields }),
    ) as SchemaDescription;
    const again = schemaOf(description, "sewer.AccessLogEvent");
    expect(again.className).toBe(accessLogEvent.className);
    expect(again.fields).toEqual(accessLogEvent.fields);
    expect(again.decodeRecord(accessLogEvent.encodeRecord(event))).toEqual(event);
    expect(schemaOf(sample).fields).toEqual(sample.fields);
    expect(schemaOf(description).className).toBe("access-log");
  });

  test("arrays are named with their elements", () => {
    const schema = defineWritable({
      className: "test.Arrays",
      fields: {
        words: arrayWritable(text),
        grid: twoDArrayWritable(arrayWritable(vint)),
        samples: arrayPrimitiveWritable,
      },
    });
    expect(schema.fields.map(({ type }) => type)).toEqual([
      "ArrayWritable<Text>",
      "TwoDArrayWritable<ArrayWritable<VInt>>",
      "ArrayPrimitiveWritable",
    ]);
    const value = { words: ["a", "é"], grid: [[[1], []], []], samples: Int32Array.of(7) };
    expect(schemaOf(schema).decode(schema.encode(value))).toEqual(value);
    const deep = (levels: number) => () => {
      const type = `${"ArrayWritable<".repeat(levels)}Text${">".repeat(levels)}`;
      return schemaOf({ name: "x", fields: [{ name: "a", type, nullable: false }] });
    };
    expect(deep(64)().fields).toHaveLength(1);
    expect(codeOf(deep(65))).toBe(writableErrors.schema);
    expect(codeOf(deep(100_000))).toBe(writableErrors.schema);
  });

  const field = { name: "a", type: "Text", nullable: false };
  test.each([
    ["no fields", []],
    ["an unknown type", [{ ...field, type: "Blob" }]],
    ["elements of an unknown type", [{ ...field, type: "ArrayWritable<Blob>" }]],
    ["an array of no type", [{ ...field, type: "ArrayWritable<>" }]],
    ["elements of what is no array", [{ ...field, type: "Text<Text>" }]],
    ["a map, whose classes are not named", [{ ...field, type: "MapWritable" }]],
    ["a type that is a property of every object", [{ ...field, type: "constructor" }]],
    ["a doubled name", [field, field]],
    ["a name that means something to JavaScript", [{ ...field, name: "__proto__" }]],
    ["an upper-case name", [{ ...field, name: "A" }]],
    ["an empty name", [{ ...field, name: "" }]],
    ["a VLong that may be null", [{ ...field, type: "VLong", nullable: true }]],
  ])("refuses %s", (_, fields) => {
    expect(codeOf(() => schemaOf({ name: "x", fields }))).toBe(writableErrors.schema);
  });

  test("the builder refuses bad names as well", () => {
    const define = (fields: WritableFields) => () => defineWritable({ className: "x.Y", fields });
    expect(codeOf(define({}))).toBe(writableErrors.schema);
    expect(codeOf(define({ "user-agent": text }))).toBe(writableErrors.schema);
    // A numeric name would come first, whatever its place: JavaScript orders such keys by value.
    expect(codeOf(define({ b: text, "1": text }))).toBe(writableErrors.schema);
  });
});

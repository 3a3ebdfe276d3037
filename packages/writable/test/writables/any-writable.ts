import * as fc from "fast-check";
import {
  anyEnumSetWritable,
  arrayPrimitiveWritable,
  arrayWritable,
  booleanWritable,
  bytesWritable,
  byteWritable,
  compressedString,
  compressedWritable,
  defineWritable,
  doubleWritable,
  enumSetWritable,
  floatWritable,
  genericWritable,
  hadoopString,
  intWritable,
  javaUtf,
  longWritable,
  md5Hash,
  nullable,
  nullWritable,
  shortWritable,
  text,
  textBytes,
  textPairs,
  twoDArrayWritable,
  utf8Writable,
  versionedWritable,
  vint,
  vlong,
  WritableClasses,
  type AnyWritableType,
  type JavaObject,
  type WritableEntry,
  type WritableInstance,
  type WritableType,
} from "../../src/index.ts";
import { anyText } from "../fixtures.ts";

/** A type, and values of it in the form in which they are decoded. */
export interface AnyWritable {
  readonly type: WritableType<unknown>;
  readonly values: fc.Arbitrary<unknown>;
}

function of<Value, Input>(type: WritableType<Value, Input>, values: fc.Arbitrary<Value>): AnyWritable {
  return { type, values };
}

const int64 = fc.oneof(
  fc.maxSafeInteger(),
  fc
    .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    .map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value)),
);
const int32 = fc.integer();
const bytes = (maxLength: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength }).map((values) => Buffer.from(values));
const float = fc.float();
const orNull = <Value>(values: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> => fc.option(values);

/** Writables of one value. */
export const scalars: readonly AnyWritable[] = [
  of(booleanWritable, fc.boolean()),
  of(byteWritable, fc.integer({ min: -128, max: 127 })),
  of(shortWritable, fc.integer({ min: -32_768, max: 32_767 })),
  of(intWritable, int32),
  of(longWritable, int64),
  of(vint, int32),
  of(vlong, int64),
  of(floatWritable, float),
  of(doubleWritable, fc.double()),
  of(text, anyText(40)),
  of(textBytes, bytes(20)),
  of(bytesWritable, bytes(20)),
  of(utf8Writable, anyText(20)),
  of(javaUtf, anyText(20)),
  of(hadoopString, orNull(anyText(20))),
  of(compressedString, orNull(anyText(20))),
  of(
    md5Hash,
    fc.uint8Array({ minLength: 16, maxLength: 16 }).map((values) => Buffer.from(values)),
  ),
  of(nullWritable, fc.constant(null)),
  of(textPairs, fc.array(fc.tuple(anyText(5), anyText(5)), { maxLength: 3 })),
  of(
    arrayPrimitiveWritable,
    fc.oneof(
      fc.array(fc.boolean(), { maxLength: 4 }),
      fc.int8Array({ maxLength: 4 }),
      fc.int16Array({ maxLength: 4 }),
      fc.uint16Array({ maxLength: 4 }),
      fc.int32Array({ maxLength: 4 }),
      fc.bigInt64Array({ maxLength: 4 }),
      fc.float32Array({ maxLength: 4 }),
      fc.float64Array({ maxLength: 4 }),
    ),
  ),
  of(
    enumSetWritable({ className: "x.Color", constants: ["RED", "GREEN", "BLUE"] }),
    orNull(fc.subarray(["RED", "GREEN", "BLUE"] as const).map((chosen) => new Set(chosen))),
  ),
  of(
    anyEnumSetWritable,
    fc.record({ className: anyText(5), constants: orNull(fc.array(anyText(5), { maxLength: 3 })) }),
  ),
];

const classes = new WritableClasses({ enums: ["x.Color"] });

/** What a map can hold: Hadoop's own classes; `textBytes` shares its class with `text`. */
const mapped = scalars.filter(({ type }) => classes.get(type.className) === (type as AnyWritableType));

const instances = (members: readonly AnyWritable[]): fc.Arbitrary<WritableInstance> =>
  fc.oneof(...members.map(({ type, values }) => values.map((value) => ({ type, value }))));

const entries = fc.array(fc.tuple(instances(mapped), instances(mapped)) as fc.Arbitrary<WritableEntry>, {
  maxLength: 4,
});

const sortedEntries = fc.uniqueArray(int32, { maxLength: 4 }).chain((keys) => {
  const sorted = keys.sort((left, right) => left - right);
  const entryOf = (key: number): fc.Arbitrary<WritableEntry> =>
    instances(mapped).map((value) => [{ type: intWritable, value: key }, value]);
  return fc.tuple(...sorted.map(entryOf));
});

const { object } = fc.letrec<{ object: JavaObject }>((tie) => ({
  object: fc.oneof(
    { maxDepth: 3 },
    fc.record({ kind: fc.constant("long" as const), value: int64 }),
    fc.record({ kind: fc.constant("string" as const), value: anyText(5) }),
    fc.record({ kind: fc.constant("enum" as const), className: fc.constant("x.Color"), value: anyText(5) }),
    fc.record({ kind: fc.constant("null" as const), className: anyText(5) }),
    fc.record({ kind: fc.constant("writable" as const), instance: instances(mapped) }),
    fc.record({
      kind: fc.constant("array" as const),
      className: fc.constant("[Ljava.lang.Object;"),
      elements: fc.array(tie("object"), { maxLength: 3 }),
    }),
  ),
}));

/** Any Writable: one value, or a collection of others. */
export const anyWritable: fc.Arbitrary<AnyWritable> = fc.letrec<{ any: AnyWritable }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom(...scalars),
    fc.constantFrom(
      of(classes.mapWritable, entries),
      of(classes.sortedMapWritable, sortedEntries),
      of(classes.objectWritable, object),
    ),
    tie("any").map(({ type, values }) => of(arrayWritable(type), fc.array(values, { maxLength: 3 }))),
    tie("any").map(({ type, values }) =>
      of(twoDArrayWritable(type), fc.array(fc.array(values, { maxLength: 2 }), { maxLength: 3 })),
    ),
    tie("any").map(({ type, values }) =>
      of(versionedWritable({ className: "x.V", version: 1, content: type }), values),
    ),
    tie("any").map(({ type, values }) => of(compressedWritable({ className: "x.C", content: type }), values)),
    fc
      .uniqueArray(fc.constantFrom(...scalars), {
        minLength: 1,
        maxLength: 3,
        selector: ({ type }) => type.className,
      })
      .map((members) =>
        of(
          genericWritable({ className: "x.G", types: members.map(({ type }) => type as AnyWritableType) }),
          instances(members),
        ),
      ),
    fc.array(tie("any"), { minLength: 1, maxLength: 4 }).map(schemaOfMembers),
  ),
})).any;

/** A schema of these fields, with those that can be null being so every other time. */
export function schemaOfMembers(members: readonly AnyWritable[]): AnyWritable {
  const fields = Object.fromEntries(members.map(({ type }, index) => [`field${index}`, type]));
  const values = Object.fromEntries(members.map((member, index) => [`field${index}`, member.values]));
  return of(defineWritable({ className: "x.Schema", fields }).type, fc.record(values) as never);
}

/** The same with null where a type has an empty value, as a record tells it apart. */
export function nullableMembers(members: readonly AnyWritable[]): AnyWritable[] {
  return members.map((member) =>
    member.type.empty === undefined ? member : of(nullable(member.type), orNull(member.values)),
  );
}

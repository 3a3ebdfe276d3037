import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ByteReader,
  ByteWriter,
  defineWritable,
  WritableError,
  writableErrors,
  type WritableType,
} from "../../src/index.ts";
import { anyWritable, nullableMembers, scalars, type AnyWritable } from "./any-writable.ts";
import { codeOf } from "../fixtures.ts";

function encode(type: WritableType<unknown>, value: unknown): Buffer {
  const target = new ByteWriter(16);
  type.encode(target, value);
  return target.view();
}

function decode(type: WritableType<unknown>, bytes: Uint8Array): unknown {
  const source = new ByteReader(bytes);
  const value = type.decode(source);
  expect(source.remaining).toBe(0);
  return value;
}

/** What `read` gives, or the code and offset of its error, so that two ways can be compared. */
function outcomeOf(read: () => unknown): unknown {
  try {
    return { value: read() };
  } catch (error) {
    if (!(error instanceof WritableError)) throw error;
    return { code: error.code, offset: error.offset };
  }
}

/** Up to three bytes that are changed: where, and to what. */
const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 });

function damaged(bytes: Uint8Array, changes: readonly (readonly [number, number])[]): Buffer {
  const copy = Buffer.from(bytes);
  for (const [at, byte] of changes) if (copy.length > 0) copy[at % copy.length] = byte;
  return copy;
}

const valueOrCode = [undefined, ...Object.values<string>(writableErrors)];

const withValue = anyWritable.chain(({ type, values }) =>
  values.map((value) => ({ type, value, toString: () => type.name })),
);

describe("any Writable", () => {
  test("goes there and back, to the same bytes", () => {
    fc.assert(
      fc.property(withValue, ({ type, value }) => {
        const bytes = encode(type, value);
        const again = decode(type, bytes);
        expect(again).toEqual(value);
        expect(encode(type, again).equals(bytes)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test("every cut gives a typed error or, at most, a value", () => {
    fc.assert(
      fc.property(withValue, ({ type, value }) => {
        const bytes = encode(type, value);
        for (let cut = 0; cut < Math.min(bytes.length, 200); cut += 1) {
          expect(valueOrCode).toContain(codeOf(() => type.decode(new ByteReader(bytes.subarray(0, cut)))));
        }
      }),
      { numRuns: 200 },
    );
  });

  test("damage gives a typed error or a value, never another error", () => {
    fc.assert(
      fc.property(withValue, damage, ({ type, value }, changes) => {
        const bytes = damaged(encode(type, value), changes);
        expect(valueOrCode).toContain(codeOf(() => type.decode(new ByteReader(bytes))));
      }),
      { numRuns: 3000 },
    );
  });

  test("so do random bytes", () => {
    fc.assert(
      fc.property(anyWritable, fc.uint8Array({ maxLength: 60 }), ({ type }, bytes) => {
        expect(valueOrCode).toContain(codeOf(() => type.decode(new ByteReader(bytes))));
      }),
      { numRuns: 2000 },
    );
  });

  test("it is read alike by itself and among other bytes, damaged too", () => {
    fc.assert(
      fc.property(withValue, damage, fc.nat(9), ({ type, value }, changes, before) => {
        const bytes = damaged(encode(type, value), changes);
        const around = Buffer.concat([Buffer.alloc(before, 0xff), bytes, Buffer.alloc(9, 1)]);
        const readers = [
          new ByteReader(bytes),
          new ByteReader(around, before, before + bytes.length),
        ] as const;
        const [alone, among] = readers.map((reader) => outcomeOf(() => type.decode(reader)));
        expect(among).toEqual(alone);
        expect(readers[1].offset).toBe(readers[0].offset);
        expect(readers[1].remaining).toBe(readers[0].remaining);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("any schema", () => {
  const members = fc
    .array(fc.oneof(fc.constantFrom(...scalars), anyWritable), { minLength: 1, maxLength: 20 })
    .map(nullableMembers);
  const schemaAndValue = members.chain((chosen: AnyWritable[]) => {
    const named = (key: "type" | "values"): [string, unknown][] =>
      chosen.map((member, index) => [`field${index}`, member[key]]);
    const schema = defineWritable({
      className: "x.Any",
      fields: Object.fromEntries(named("type")) as Record<string, WritableType<unknown>>,
    });
    const values = fc.record(Object.fromEntries(named("values")) as Record<string, fc.Arbitrary<unknown>>);
    return values.map((value) => ({ schema, value }));
  });

  test("its records go there and back, with null and empty told apart", () => {
    fc.assert(
      fc.property(schemaAndValue, ({ schema, value }) => {
        expect(schema.decodeRecord(schema.encodeRecord(value))).toEqual(value);
        const bytes = schema.encode(value);
        expect(schema.encodeRecord(value).subarray(schema.flagBytes).equals(bytes)).toBe(true);
        expect(schema.encode(schema.decode(bytes)).equals(bytes)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test("a view has what decode gives, and is refused where that is", () => {
    fc.assert(
      fc.property(schemaAndValue, damage, fc.nat(2), ({ schema, value }, changes, more) => {
        const bytes = Buffer.concat([damaged(schema.encode(value), changes), Buffer.alloc(more >> 1)]);
        const names = schema.fields.map(({ name }) => name);
        const viewed = outcomeOf(() => {
          const view = schema.view(bytes);
          return Object.fromEntries(names.map((name) => [name, view[name]]));
        });
        expect(viewed).toEqual(outcomeOf(() => schema.decode(bytes)));
      }),
      { numRuns: 1000 },
    );
  });

  test("the buffer that encode gives is the caller's own", () => {
    fc.assert(
      fc.property(fc.array(schemaAndValue, { minLength: 2, maxLength: 4 }), (list) => {
        const first = list.map(({ schema, value }) => schema.encode(value));
        const second = list.map(({ schema, value }) => schema.encode(value));
        first.forEach((bytes, index) => expect(bytes.equals(second[index]!)).toBe(true));
        second.forEach((bytes) => bytes.fill(0xff));
        first.forEach((bytes, index) => {
          const { schema, value } = list[index]!;
          expect(bytes.equals(schema.encode(value))).toBe(true);
        });
      }),
      { numRuns: 100 },
    );
  });
});

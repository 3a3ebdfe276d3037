import type { ByteReader } from "../byte-reader.ts";
import { classLiteral } from "./java-instance.ts";
import type { AnyWritableType, WritableType } from "./writable-type.ts";

/** How an {@link arrayWritable} differs from Hadoop's. */
export interface ArrayWritableOptions {
  /** A subclass whose constructor sets the element class: the one that Hadoop can make by itself. */
  readonly className?: string;
}

/**
 * `ArrayWritable`: int32 n, then n elements. The element class is not in the bytes, so Hadoop reads an array as the
 * value of a file only by a subclass that knows it; name that by `className`.
 */
export function arrayWritable<Value, Input>(
  element: WritableType<Value, Input>,
  { className }: ArrayWritableOptions = {},
): WritableType<Value[], readonly Input[]> {
  return {
    ...arrayType("ArrayWritable", element, { className, values: "[0]" }),
    encode: (target, values) =>
      target.nested(() => {
        target.int32(values.length);
        for (const value of values) element.encode(target, value);
      }),
    decode: (source) => source.nested(() => decodeElements(source, element, source.elementCount())),
  };
}

/**
 * `TwoDArrayWritable`: int32 rows, then every row's int32 length, then all elements row by row. Rows may differ in
 * length. For `className` see {@link arrayWritable}.
 */
export function twoDArrayWritable<Value, Input>(
  element: WritableType<Value, Input>,
  { className }: ArrayWritableOptions = {},
): WritableType<Value[][], readonly (readonly Input[])[]> {
  return {
    ...arrayType("TwoDArrayWritable", element, { className, values: "[0][0]" }),
    encode: (target, rows) =>
      target.nested(() => {
        target.int32(rows.length);
        for (const row of rows) target.int32(row.length);
        for (const row of rows) for (const value of row) element.encode(target, value);
      }),
    decode: (source) =>
      source.nested(() => {
        const lengths: number[] = [];
        for (let left = source.elementCount(); left > 0; left -= 1) lengths.push(source.elementCount());
        return lengths.map((length) => decodeElements(source, element, length));
      }),
  };
}

function decodeElements<Value>(
  source: ByteReader,
  element: WritableType<Value, never>,
  count: number,
): Value[] {
  const values: Value[] = [];
  for (let index = 0; index < count; index += 1) values.push(element.decode(source));
  return values;
}

function arrayType(
  array: string,
  element: AnyWritableType,
  { className, values }: { className: string | undefined; values: string },
): { name: string; className: string; nullable: false; empty: undefined; javaInstance?: string } {
  const base = { name: `${array}<${element.name}>`, nullable: false, empty: undefined } as const;
  if (className !== undefined) return { ...base, className };
  const hadoop = "org.apache.hadoop.io";
  const elements = `${classLiteral(element.className)}, new ${hadoop}.Writable${values}`;
  const javaInstance = `new ${hadoop}.${array}(${elements})`;
  return { ...base, className: `${hadoop}.${array}`, javaInstance };
}

import type { ByteReader } from "../byte-reader.ts";
import type { ByteWriter } from "../byte-writer.ts";
import { WritableError, writableErrors } from "../errors.ts";
import type { WritableType } from "./writable-type.ts";

/** A Java array of primitives. `Uint16Array` stands for `char[]`, `boolean[]` for `boolean[]`. */
export type PrimitiveArray =
  | readonly boolean[]
  | Int8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

/** One kind of element. */
interface Component {
  readonly bytes: number;
  is(this: void, values: PrimitiveArray): boolean;
  make(count: number): PrimitiveArray;
  write(target: ByteWriter, value: never): void;
  read(source: ByteReader): number | bigint | boolean;
}

const components: Readonly<Record<string, Component>> = {
  boolean: {
    bytes: 1,
    is: (values) => Array.isArray(values),
    make: (count) => Array.from({ length: count }, () => false),
    write: (target, value: boolean) => target.byte(value ? 1 : 0),
    read: (source) => source.uint8() !== 0,
  },
  byte: {
    bytes: 1,
    is: (values) => values instanceof Int8Array,
    make: (count) => new Int8Array(count),
    write: (target, value: number) => target.int8(value),
    read: (source) => source.int8(),
  },
  char: {
    bytes: 2,
    is: (values) => values instanceof Uint16Array,
    make: (count) => new Uint16Array(count),
    write: (target, value: number) => target.uint16(value),
    read: (source) => source.uint16(),
  },
  short: {
    bytes: 2,
    is: (values) => values instanceof Int16Array,
    make: (count) => new Int16Array(count),
    write: (target, value: number) => target.int16(value),
    read: (source) => source.int16(),
  },
  int: {
    bytes: 4,
    is: (values) => values instanceof Int32Array,
    make: (count) => new Int32Array(count),
    write: (target, value: number) => target.int32(value),
    read: (source) => source.int32(),
  },
  long: {
    bytes: 8,
    is: (values) => values instanceof BigInt64Array,
    make: (count) => new BigInt64Array(count),
    write: (target, value: bigint) => target.int64(value),
    read: (source) => BigInt(source.int64()),
  },
  float: {
    bytes: 4,
    is: (values) => values instanceof Float32Array,
    make: (count) => new Float32Array(count),
    write: (target, value: number) => target.float32(value),
    read: (source) => source.float32(),
  },
  double: {
    bytes: 8,
    is: (values) => values instanceof Float64Array,
    make: (count) => new Float64Array(count),
    write: (target, value: number) => target.float64(value),
    read: (source) => source.float64(),
  },
};

/** `ArrayPrimitiveWritable`: the component's name as UTF8, int32 length, packed elements. */
export const arrayPrimitiveWritable: WritableType<PrimitiveArray> = {
  name: "ArrayPrimitiveWritable",
  className: "org.apache.hadoop.io.ArrayPrimitiveWritable",
  nullable: false,
  empty: undefined,
  encode(target, values) {
    const [name, component] = Object.entries(components).find(([, { is }]) => is(values)) ?? [];
    if (name === undefined || component === undefined) throw new TypeError("no array of Java primitives");
    target.modifiedUtf8(name, "00");
    target.int32(values.length);
    for (const value of values) component.write(target, value as never);
  },
  decode(source) {
    const { offset } = source;
    const name = source.modifiedUtf8();
    const component = Object.hasOwn(components, name) ? components[name] : undefined;
    if (component === undefined) {
      throw new WritableError(writableErrors.malformed, `"${name}" is no primitive of Java`, { offset });
    }
    const count = source.elementCount();
    if (count * component.bytes > source.remaining) {
      const message = `${count} elements are announced and ${source.remaining} bytes are left`;
      throw new WritableError(writableErrors.truncated, message, { offset });
    }
    const values: { [index: number]: unknown } & PrimitiveArray = component.make(count);
    for (let index = 0; index < count; index += 1) values[index] = component.read(source);
    return values;
  },
};

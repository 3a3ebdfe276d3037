import { ByteWriter } from "../byte-writer.ts";
import { compareFloats, compareIntegers, lowInt32 } from "./java-values.ts";
import type { WritableType } from "./writable-type.ts";

/** `BooleanWritable`: one byte, 1 or 0; any other than 0 is read as true. */
export const booleanWritable: WritableType<boolean> = {
  ...ofHadoop("Boolean"),
  encode: (target, value) => target.byte(value ? 1 : 0),
  decode: (source) => source.uint8() !== 0,
  compare: (left, right) => Number(left) - Number(right),
  // The other way round than one would think: BooleanWritable.java.
  hash: (value) => (value ? 0 : 1),
};

/** `ByteWritable`: one byte, -128 to 127. */
export const byteWritable: WritableType<number> = {
  ...ofHadoop("Byte"),
  encode: (target, value) => target.int8(value),
  decode: (source) => source.int8(),
  compare: compareIntegers,
  hash: (value) => value,
};

/** `ShortWritable`: two bytes, -32768 to 32767. */
export const shortWritable: WritableType<number> = {
  ...ofHadoop("Short"),
  encode: (target, value) => target.int16(value),
  decode: (source) => source.int16(),
  compare: compareIntegers,
  hash: (value) => value,
};

/** `IntWritable`: an int32 as four bytes. */
export const intWritable: WritableType<number> = {
  ...ofHadoop("Int"),
  encode: (target, value) => target.int32(value),
  decode: (source) => source.int32(),
  compare: compareIntegers,
  hash: (value) => value,
};

/** `LongWritable`: an int64 as eight bytes. Numbers and bigints as {@link vlong} has them. */
export const longWritable: WritableType<number | bigint> = {
  ...ofHadoop("Long"),
  encode: (target, value) => target.int64(value),
  decode: (source) => source.int64(),
  compare: compareIntegers,
  hash: lowInt32,
};

/** `VIntWritable`: an int32 as 1 to 5 bytes. */
export const vint: WritableType<number> = {
  ...ofHadoop("VInt"),
  encode: (target, value) => target.vint(value),
  decode: (source) => source.vint(),
  compare: compareIntegers,
  hash: (value) => value,
};

/**
 * `VLongWritable`: an int64 as 1 to 9 bytes. Decoding gives a number when that is exact (a safe integer),
 * else a bigint; encoding takes both.
 */
export const vlong: WritableType<number | bigint> = {
  ...ofHadoop("VLong"),
  encode: (target, value) => target.vlong(value),
  decode: (source) => source.vlong(),
  compare: compareIntegers,
  hash: lowInt32,
};

/** `FloatWritable`: four bytes, IEEE 754. Every NaN is written as `7fc00000`. */
export const floatWritable: WritableType<number> = {
  ...ofHadoop("Float"),
  encode: (target, value) => target.float32(value),
  decode: (source) => source.float32(),
  compare: compareFloats,
  hash: (value) => encoded(floatWritable, value).readInt32BE(0),
};

/** `DoubleWritable`: eight bytes, IEEE 754. Every NaN is written as `7ff8000000000000`. */
export const doubleWritable: WritableType<number> = {
  ...ofHadoop("Double"),
  encode: (target, value) => target.float64(value),
  decode: (source) => source.float64(),
  compare: compareFloats,
  // (int) of the bits, not Double.hashCode: DoubleWritable.java.
  hash: (value) => encoded(doubleWritable, value).readInt32BE(4),
};

function ofHadoop(name: string): { name: string; className: string; nullable: false; empty: undefined } {
  return { name, className: `org.apache.hadoop.io.${name}Writable`, nullable: false, empty: undefined };
}

function encoded(type: WritableType<number>, value: number): Buffer {
  const target = new ByteWriter(16);
  type.encode(target, value);
  return target.view();
}

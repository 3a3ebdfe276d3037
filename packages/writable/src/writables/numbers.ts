import type { WritableType } from "./writable-type.ts";

/** `VIntWritable`: an int32 as 1 to 5 bytes. */
export const vint: WritableType<number> = {
  name: "VInt",
  className: "org.apache.hadoop.io.VIntWritable",
  nullable: false,
  empty: undefined,
  encode: (target, value) => target.vint(value),
  decode: (source) => source.vint(),
};

/**
 * `VLongWritable`: an int64 as 1 to 9 bytes. Decoding gives a number when that is exact (a safe integer),
 * else a bigint; encoding takes both.
 */
export const vlong: WritableType<number | bigint> = {
  name: "VLong",
  className: "org.apache.hadoop.io.VLongWritable",
  nullable: false,
  empty: undefined,
  encode: (target, value) => target.vlong(value),
  decode: (source) => source.vlong(),
};

import type { WritableType } from "./writable-type.ts";

/** `NullWritable`: no bytes at all. */
export const nullWritable: WritableType<null> = {
  name: "Null",
  className: "org.apache.hadoop.io.NullWritable",
  nullable: false,
  empty: undefined,
  encode: () => {},
  decode: () => null,
  compare: () => 0,
  hash: () => 0,
  javaInstance: "org.apache.hadoop.io.NullWritable.get()",
};

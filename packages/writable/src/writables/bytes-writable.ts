import { hashBytes } from "./java-values.ts";
import type { WritableType } from "./writable-type.ts";

/** `BytesWritable`: int32 length, then the bytes. Decoding gives a view. */
export const bytesWritable: WritableType<Buffer, Uint8Array> = {
  name: "BytesWritable",
  className: "org.apache.hadoop.io.BytesWritable",
  nullable: false,
  empty: Buffer.alloc(0),
  encode(target, value) {
    target.int32(value.length);
    target.bytes(value);
  },
  decode: (source) => source.bytesWritable(),
  compare: (left, right) => Buffer.compare(left, right),
  hash: hashBytes,
};

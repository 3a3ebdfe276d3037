import type { WritableType } from "./writable-type.ts";

const digestBytes = 16;

/** `MD5Hash`: 16 bytes as they are. Decoding gives a view. */
export const md5Hash: WritableType<Buffer, Uint8Array> = {
  name: "MD5Hash",
  className: "org.apache.hadoop.io.MD5Hash",
  nullable: false,
  empty: undefined,
  encode(target, value) {
    if (value.length !== digestBytes)
      throw new RangeError(`an MD5 has ${digestBytes} bytes, not ${value.length}`);
    target.bytes(value);
  },
  decode: (source) => source.bytes(digestBytes),
  compare: (left, right) => Buffer.compare(left, right),
  // MD5Hash.quarterDigest.
  hash: ([a = 0, b = 0, c = 0, d = 0]) => (a << 24) | (b << 16) | (c << 8) | d,
};

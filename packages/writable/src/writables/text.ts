import { toJavaWellFormed } from "../utf8.ts";
import { hashBytes } from "./java-values.ts";
import type { WritableType } from "./writable-type.ts";

/**
 * `Text`: VInt byte length, then UTF-8. As in Hadoop an unpaired surrogate is written as "?", and malformed
 * bytes are read as U+FFFD; {@link textBytes} keeps them.
 */
export const text: WritableType<string> = {
  name: "Text",
  className: "org.apache.hadoop.io.Text",
  nullable: false,
  empty: "",
  encode: (target, value) => target.text(value),
  decode: (source) => source.text(),
  skip: (source) => source.skipText(),
  compare: (left, right) => Buffer.compare(bytesOf(left), bytesOf(right)),
  hash: (value) => hashBytes(bytesOf(value)),
};

/** `Text` by its bytes, whatever they are: the way to carry invalid UTF-8 through unchanged. */
export const textBytes: WritableType<Buffer, Uint8Array> = {
  name: "Text",
  className: "org.apache.hadoop.io.Text",
  nullable: false,
  empty: Buffer.alloc(0),
  encode(target, value) {
    target.vint(value.length);
    target.bytes(value);
  },
  decode: (source) => source.textBytes(),
  skip: (source) => source.skipText(),
  compare: (left, right) => Buffer.compare(left, right),
  hash: hashBytes,
};

function bytesOf(value: string): Buffer {
  return Buffer.from(toJavaWellFormed(value), "utf8");
}

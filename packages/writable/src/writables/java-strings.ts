import { gunzipSync, gzipSync } from "node:zlib";
import { WritableError, writableErrors } from "../errors.ts";
import { encodeModifiedUtf8 } from "../modified-utf8.ts";
import { decodeJavaUtf8, toJavaWellFormed } from "../utf8.ts";
import { hashBytes } from "./java-values.ts";
import type { WritableType } from "./writable-type.ts";

/** UTF8.java cuts here: 65535 bytes of three for each unit. */
const utf8UnitsMax = 21_845;

/** The most that a compressed string may become. */
const stringBytesMax = 64 * 1024 * 1024;

/**
 * `UTF8`, the deprecated forerunner of Text: uint16 byte length, then UTF-16 units coded one by one. Strings over
 * 21845 units are cut there, as Hadoop does.
 */
export const utf8Writable: WritableType<string> = {
  name: "UTF8",
  className: "org.apache.hadoop.io.UTF8",
  nullable: false,
  empty: undefined,
  encode: (target, value) => target.modifiedUtf8(value.slice(0, utf8UnitsMax), "00"),
  decode: (source) => source.modifiedUtf8(),
  compare: (left, right) => Buffer.compare(utf8Bytes(left), utf8Bytes(right)),
  hash: (value) => hashBytes(utf8Bytes(value)),
};

/** `DataOutput.writeUTF`: uint16 byte length, then modified UTF-8. No class of its own: a part of others. */
export const javaUtf: WritableType<string> = {
  ...partOfOthers("JavaUTF"),
  encode: (target, value) => target.modifiedUtf8(value),
  decode: (source) => source.modifiedUtf8(),
};

/** `WritableUtils.writeString`: int32 byte length, then UTF-8; -1 alone is null. No class of its own. */
export const hadoopString: WritableType<string | null> = {
  ...partOfOthers("String"),
  encode: (target, value) => target.bytesOrNull(utf8OrNull(value)),
  decode(source) {
    const bytes = source.bytesOrNull();
    return bytes === null ? null : decodeJavaUtf8(bytes);
  },
};

/**
 * `WritableUtils.writeCompressedString`: int32 byte length, then gzip of UTF-8; -1 alone is null. No class of its
 * own. More than 64 MiB of text is refused.
 */
export const compressedString: WritableType<string | null> = {
  ...partOfOthers("CompressedString"),
  encode(target, value) {
    const bytes = utf8OrNull(value);
    target.bytesOrNull(bytes && gzipSync(bytes));
  },
  decode(source) {
    const { offset } = source;
    const bytes = source.bytesOrNull();
    if (bytes === null) return null;
    try {
      return decodeJavaUtf8(gunzipSync(bytes, { maxOutputLength: stringBytesMax }));
    } catch (cause) {
      const message = "a compressed string is no gzip stream, or too long";
      throw new WritableError(writableErrors.malformed, message, { offset, cause });
    }
  },
};

function partOfOthers(name: string): { name: string; className: string; nullable: false; empty: undefined } {
  return { name, className: "org.apache.hadoop.io.Writable", nullable: false, empty: undefined };
}

function utf8OrNull(value: string | null): Buffer | null {
  return value === null ? null : Buffer.from(toJavaWellFormed(value), "utf8");
}

function utf8Bytes(value: string): Buffer {
  return encodeModifiedUtf8(value.slice(0, utf8UnitsMax), "00");
}

import { deflateSync, inflateSync } from "node:zlib";
import { ByteWriter } from "../byte-writer.ts";
import { WritableError, writableErrors } from "../errors.ts";
import type { WritableType } from "./writable-type.ts";

/** A subclass of one of Hadoop's abstract Writables. */
export interface WrappedWritableOptions<Value, Input> {
  /** The subclass. */
  readonly className: string;
  /** What it writes itself. */
  readonly content: WritableType<Value, Input>;
}

/**
 * A subclass of `VersionedWritable`: one byte, its version, then what it writes itself. Another version is an error
 * (`malformed`; VersionMismatchException in Hadoop).
 */
export function versionedWritable<Value, Input>(
  options: WrappedWritableOptions<Value, Input> & { readonly version: number },
): WritableType<Value, Input> {
  const { className, content, version } = options;
  return {
    name: "VersionedWritable",
    className,
    nullable: false,
    empty: undefined,
    encode(target, value) {
      target.int8(version);
      content.encode(target, value);
    },
    decode(source) {
      const { offset } = source;
      const found = source.int8();
      if (found === version) return content.decode(source);
      const message = `${className} is of version ${found}, and ${version} is known`;
      throw new WritableError(writableErrors.malformed, message, { offset });
    },
  };
}

/**
 * A subclass of `CompressedWritable`: int32 length, then a zlib stream of what it writes itself, at level 1.
 *
 * @param options.contentBytesMax More content than this is an error. @default 64 MiB
 */
export function compressedWritable<Value, Input>(
  options: WrappedWritableOptions<Value, Input> & { readonly contentBytesMax?: number },
): WritableType<Value, Input> {
  const { className, content, contentBytesMax = 64 * 1024 * 1024 } = options;
  return {
    name: "CompressedWritable",
    className,
    nullable: false,
    empty: undefined,
    encode(target, value) {
      const plain = new ByteWriter();
      content.encode(plain, value);
      target.bytesOrNull(deflateSync(plain.view(), { level: 1 }));
    },
    decode(source) {
      const { offset } = source;
      const stream = source.bytesWritable();
      return source.nested(() => {
        const plain = source.inner(inflated(stream, { className, contentBytesMax, offset }));
        const value = content.decode(plain);
        if (plain.remaining === 0) return value;
        const message = `${plain.remaining} bytes are left in ${className}`;
        throw new WritableError(writableErrors.trailingBytes, message, { offset });
      });
    },
  };
}

function inflated(
  stream: Buffer,
  { className, contentBytesMax, offset }: { className: string; contentBytesMax: number; offset: number },
): Buffer {
  try {
    return inflateSync(stream, { maxOutputLength: contentBytesMax });
  } catch (cause) {
    const message = `the content of ${className} is no zlib stream, or too long`;
    throw new WritableError(writableErrors.malformed, message, { offset, cause });
  }
}

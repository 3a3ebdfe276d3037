import type { ByteReader } from "../byte-reader.ts";
import { WritableError, writableErrors } from "../errors.ts";
import { classLiteral } from "./java-instance.ts";
import { hadoopString } from "./java-strings.ts";
import type { WritableType } from "./writable-type.ts";

/** A Java enum. */
export interface JavaEnum<Constant extends string> {
  /** Its binary name: `com.example.Color`. */
  readonly className: string;
  /** The names of its constants, in the order of their declaration. */
  readonly constants: readonly Constant[];
}

/**
 * `EnumSetWritable`: int32 n, then n times UTF8 class name and UTF8 constant; when n is 0, or -1 for null, the class
 * name once as `WritableUtils.writeString`. Hadoop writes that name behind -1 and does not read it, so there an
 * EnumSetWritable of null can only be the last value in its bytes; here it is read.
 */
export function enumSetWritable<const Constant extends string>(
  javaEnum: JavaEnum<Constant>,
): WritableType<Set<Constant> | null, ReadonlySet<Constant> | null> {
  const { className, constants } = javaEnum;
  return {
    name: "EnumSetWritable",
    className: "org.apache.hadoop.io.EnumSetWritable",
    nullable: false,
    empty: undefined,
    javaInstance: `new org.apache.hadoop.io.EnumSetWritable(null, ${classLiteral(className)})`,
    encode(target, value) {
      const chosen = constants.filter((constant) => value?.has(constant));
      if (chosen.length !== (value?.size ?? 0)) throw new TypeError(`a constant is none of ${className}`);
      target.int32(value === null ? -1 : chosen.length);
      if (chosen.length === 0) hadoopString.encode(target, className);
      for (const constant of chosen) {
        target.modifiedUtf8(className, "00");
        target.modifiedUtf8(constant, "00");
      }
    },
    decode(source) {
      const { offset } = source;
      const count = source.int32();
      if (count < -1)
        throw new WritableError(writableErrors.length, `a set of ${count} constants`, { offset });
      if (count <= 0) {
        requireClass(hadoopString.decode(source), javaEnum, offset);
        return count === 0 ? new Set() : null;
      }
      const found = new Set<Constant>();
      for (let index = 0; index < count; index += 1) found.add(decodeConstant(source, javaEnum));
      return found;
    },
  };
}

function decodeConstant<Constant extends string>(source: ByteReader, javaEnum: JavaEnum<Constant>): Constant {
  const { offset } = source;
  requireClass(source.modifiedUtf8(), javaEnum, offset);
  const name = source.modifiedUtf8();
  const constant = javaEnum.constants.find((known) => known === name);
  if (constant !== undefined) return constant;
  throw new WritableError(writableErrors.malformed, `"${name}" is no constant of ${javaEnum.className}`, {
    offset,
  });
}

function requireClass(found: string | null, { className }: JavaEnum<string>, offset: number): void {
  if (found === className) return;
  throw new WritableError(writableErrors.unknownClass, `the enum is ${found}, not ${className}`, { offset });
}

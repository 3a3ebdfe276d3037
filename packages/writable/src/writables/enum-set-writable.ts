import { WritableError, writableErrors } from "../errors.ts";
import { classLiteral, configuredInstance } from "./java-instance.ts";
import { hadoopString } from "./java-strings.ts";
import type { WritableType } from "./writable-type.ts";

const className = "org.apache.hadoop.io.EnumSetWritable";

/** A set of constants of an enum that is known by name only. */
export interface NamedEnumSet {
  /** The enum's binary name. Null only where a null set names none. */
  readonly className: string | null;
  /** The constants' names; null for a null set. */
  readonly constants: readonly string[] | null;
}

/**
 * `EnumSetWritable` of any enum: int32 n, then n times UTF8 class name and UTF8 constant; when n is 0, or -1 for null,
 * the class name once as `WritableUtils.writeString`. Hadoop writes that name behind -1 and does not read it, so there
 * an EnumSetWritable of null can only be the last value in its bytes; here it is read.
 */
export const anyEnumSetWritable: WritableType<NamedEnumSet> = {
  name: "EnumSetWritable",
  className,
  nullable: false,
  empty: undefined,
  javaInstance: configuredInstance(className),
  encode(target, { className: enumClass, constants }) {
    target.int32(constants?.length ?? -1);
    if (constants === null || constants.length === 0) return hadoopString.encode(target, enumClass);
    if (enumClass === null) throw new TypeError("the class of the constants is not named");
    for (const constant of constants) {
      target.modifiedUtf8(enumClass, "00");
      target.modifiedUtf8(constant, "00");
    }
  },
  decode(source) {
    const { offset } = source;
    const count = source.int32();
    if (count < -1) throw new WritableError(writableErrors.length, `a set of ${count} constants`, { offset });
    if (count <= 0) return { className: hadoopString.decode(source), constants: count === 0 ? [] : null };
    const enumClass = source.modifiedUtf8();
    const constants = [source.modifiedUtf8()];
    while (constants.length < count) {
      const { offset: at } = source;
      if (source.modifiedUtf8() !== enumClass) {
        throw new WritableError(writableErrors.malformed, "a set has constants of two enums", { offset: at });
      }
      constants.push(source.modifiedUtf8());
    }
    return { className: enumClass, constants };
  },
};

/** A Java enum. */
export interface JavaEnum<Constant extends string> {
  /** Its binary name: `com.example.Color`. */
  readonly className: string;
  /** The names of its constants, in the order of their declaration. */
  readonly constants: readonly Constant[];
}

/** `EnumSetWritable` of one enum, in the bytes of {@link anyEnumSetWritable}. */
export function enumSetWritable<const Constant extends string>(
  javaEnum: JavaEnum<Constant>,
): WritableType<Set<Constant> | null, ReadonlySet<Constant> | null> {
  const { name, nullable } = anyEnumSetWritable;
  return {
    name,
    className,
    nullable,
    empty: undefined,
    javaInstance: `new ${className}(null, ${classLiteral(javaEnum.className)})`,
    encode(target, value) {
      const chosen = javaEnum.constants.filter((constant) => value?.has(constant));
      if (chosen.length !== (value?.size ?? 0))
        throw new TypeError(`a constant is none of ${javaEnum.className}`);
      anyEnumSetWritable.encode(target, {
        className: javaEnum.className,
        constants: value === null ? null : chosen,
      });
    },
    decode(source) {
      const { offset } = source;
      const { className: found, constants } = anyEnumSetWritable.decode(source);
      if (found !== javaEnum.className) {
        const message = `the enum is ${found}, not ${javaEnum.className}`;
        throw new WritableError(writableErrors.unknownClass, message, { offset });
      }
      return constants && new Set(constants.map((constant) => constantOf(javaEnum, constant, offset)));
    },
  };
}

function constantOf<Constant extends string>(
  javaEnum: JavaEnum<Constant>,
  name: string,
  offset: number,
): Constant {
  const constant = javaEnum.constants.find((known) => known === name);
  if (constant !== undefined) return constant;
  const message = `"${name}" is no constant of ${javaEnum.className}`;
  throw new WritableError(writableErrors.malformed, message, { offset });
}

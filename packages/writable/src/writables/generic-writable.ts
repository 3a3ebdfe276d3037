import { WritableError, writableErrors } from "../errors.ts";
import { decodeInstance, encodeInstance, type WritableInstance } from "./instance.ts";
import { configuredInstance } from "./java-instance.ts";
import type { AnyWritableType, WritableType } from "./writable-type.ts";

/** A subclass of Hadoop's GenericWritable. */
export interface GenericWritableOptions {
  /** The subclass. */
  readonly className: string;
  /** What its `getTypes` gives, in that order: at most 127. */
  readonly types: readonly AnyWritableType[];
}

/**
 * A `GenericWritable`: one byte says which of its types follows, then the instance.
 *
 * @throws RangeError for more than 127 types.
 */
export function genericWritable({
  className,
  types,
}: GenericWritableOptions): WritableType<WritableInstance> {
  // The byte is signed in GenericWritable.java.
  if (types.length > 127) throw new RangeError("a GenericWritable has at most 127 types");
  return {
    name: "GenericWritable",
    className,
    nullable: false,
    empty: undefined,
    javaInstance: configuredInstance(className),
    encode(target, instance) {
      const index = types.findIndex((type) => type.className === instance.type.className);
      if (index < 0) throw new TypeError(`a ${instance.type.className} is no type of ${className}`);
      target.byte(index);
      target.nested(() => encodeInstance(target, instance));
    },
    decode(source) {
      const { offset } = source;
      const index = source.uint8();
      const type = types[index];
      if (type === undefined) {
        const message = `${className} has ${types.length} types, and number ${index} is asked for`;
        throw new WritableError(writableErrors.unknownClass, message, { offset });
      }
      return source.nested(() => decodeInstance(source, type));
    },
  };
}

import { WritableError, writableErrors } from "../errors.ts";
import { arrayPrimitiveWritable } from "./array-primitive-writable.ts";
import { anyEnumSetWritable } from "./enum-set-writable.ts";
import { bytesWritable } from "./bytes-writable.ts";
import type { JavaObject } from "./java-object.ts";
import { utf8Writable } from "./java-strings.ts";
import { mapWritableOf, sortedMapWritableOf, type FindClass, type WritableEntries } from "./map-writable.ts";
import { md5Hash } from "./md5-hash.ts";
import { nullWritable } from "./null-writable.ts";
import * as numbers from "./numbers.ts";
import { objectWritableOf } from "./object-writable.ts";
import { text } from "./text.ts";
import type { AnyWritableType, WritableType } from "./writable-type.ts";

/** What the collections of a {@link WritableClasses} know beyond Hadoop's own classes. */
export interface WritableClassesOptions {
  /** Further Writables, such as the `type` of a schema. One with a class of Hadoop's takes its place. */
  readonly types?: readonly AnyWritableType[];
  /** Java names of the enums that an ObjectWritable may hold. */
  readonly enums?: readonly string[];
  /**
   * In which order a MapWritable is written: as its entries are given, or in that of a `java.util.HashMap`, as Hadoop
   * itself would, so that the bytes are the same. Hadoop reads both.
   * @default "insertion"
   */
  readonly mapOrder?: "insertion" | "hash";
}

/**
 * The Writables that name the classes of what they hold, and the classes that these may be: Hadoop's own and those of
 * the options. Each may hold the others, and itself, up to 64 levels deep.
 */
export class WritableClasses {
  /** `MapWritable`: entries of any known classes. */
  readonly mapWritable: WritableType<WritableEntries>;
  /** `SortedMapWritable`: the same, with keys of one class, which is one with an order. */
  readonly sortedMapWritable: WritableType<WritableEntries>;
  /** `ObjectWritable`: a primitive, String, array, enum or Writable, or null. */
  readonly objectWritable: WritableType<JavaObject>;
  readonly #types = new Map<string, AnyWritableType>();

  constructor({ types = [], enums = [], mapOrder = "insertion" }: WritableClassesOptions = {}) {
    const findClass: FindClass = (className, { offset }) => {
      const type = this.#types.get(className);
      if (type !== undefined) return type;
      throw new WritableError(writableErrors.unknownClass, `the class ${className} is not known`, { offset });
    };
    this.mapWritable = mapWritableOf(findClass, mapOrder);
    this.sortedMapWritable = sortedMapWritableOf(findClass);
    this.objectWritable = objectWritableOf({ findClass, isEnum: (className) => enums.includes(className) });
    const collections = [this.mapWritable, this.sortedMapWritable, this.objectWritable];
    for (const type of [...scalars, ...collections, ...types]) this.#types.set(type.className, type);
  }

  /** The type for a Java class; undefined when it is not known. */
  get(className: string): AnyWritableType | undefined {
    return this.#types.get(className);
  }
}

const scalars: readonly AnyWritableType[] = [
  ...Object.values(numbers),
  nullWritable,
  text,
  bytesWritable,
  utf8Writable,
  md5Hash,
  arrayPrimitiveWritable,
  anyEnumSetWritable,
];

import { nestingMax } from "../nesting.ts";
import { arrayPrimitiveWritable } from "./array-primitive-writable.ts";
import { arrayWritable, twoDArrayWritable } from "./array-writable.ts";
import { bytesWritable } from "./bytes-writable.ts";
import { anyEnumSetWritable } from "./enum-set-writable.ts";
import { compressedString, hadoopString, javaUtf, utf8Writable } from "./java-strings.ts";
import { md5Hash } from "./md5-hash.ts";
import { nullWritable } from "./null-writable.ts";
import * as numbers from "./numbers.ts";
import { textPairs } from "./text-pairs.ts";
import { text } from "./text.ts";
import type { AnyWritableType, WritableType } from "./writable-type.ts";

type NamedType = WritableType<unknown, never>;

/** The types that a name says all of. */
const typesByName: ReadonlyMap<string, NamedType> = new Map(
  [
    ...Object.values(numbers),
    nullWritable,
    text,
    textPairs,
    bytesWritable,
    md5Hash,
    utf8Writable,
    javaUtf,
    hadoopString,
    compressedString,
    arrayPrimitiveWritable,
    anyEnumSetWritable,
  ].map((type: AnyWritableType) => [type.name, type]),
);

const arraysByName: ReadonlyMap<string, (element: NamedType) => NamedType> = new Map([
  ["ArrayWritable", (element) => arrayWritable(element)],
  ["TwoDArrayWritable", (element) => twoDArrayWritable(element)],
]);

/** The type that has this name, of arrays the elements' too. Undefined when there is none, or 64 levels do not do. */
export function typeNamed(name: string, levelsMax = nestingMax): NamedType | undefined {
  const [, array = "", inner] = /^(\w+)<(.+)>$/.exec(name) ?? [];
  if (inner === undefined) return typesByName.get(name);
  const element = levelsMax > 0 ? typeNamed(inner, levelsMax - 1) : undefined;
  return element && arraysByName.get(array)?.(element);
}

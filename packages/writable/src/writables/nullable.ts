import type { WritableType } from "./writable-type.ts";

/**
 * `type` with null as a further value. A record says null by a flag (docs/formats/record.md); in a
 * SequenceFile null is the empty value and reads back as such.
 *
 * @throws TypeError when the type has no empty value (VInt, VLong).
 */
export function nullable<Value extends Input, Input>(
  type: WritableType<Value, Input>,
): WritableType<Value | null, Input | null> {
  const { name, className, empty, encode, decode, skip, compare, hash } = type;
  if (empty === undefined) throw new TypeError(`${name} has no empty value that could stand for null`);
  return {
    name,
    className,
    nullable: true,
    empty,
    encode: (target, value) => encode(target, value ?? empty),
    decode,
    ...(skip && { skip }),
    ...(compare && { compare: (left, right) => compare(left ?? empty, right ?? empty) }),
    ...(hash && { hash: (value) => hash(value ?? empty) }),
  };
}

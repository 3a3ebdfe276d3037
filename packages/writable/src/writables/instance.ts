import type { ByteReader } from "../byte-reader.ts";
import type { ByteWriter } from "../byte-writer.ts";
import type { AnyWritableType, WritableType } from "./writable-type.ts";

/** A value and what Writable it is. Collections hold these where each element may be of another class. */
export interface WritableInstance {
  readonly type: AnyWritableType;
  readonly value: unknown;
}

/** Puts a value and its type together: `instanceOf(intWritable, 5)`. */
export function instanceOf<Value, Input>(type: WritableType<Value, Input>, value: Input): WritableInstance {
  return { type, value };
}

/** Whether an instance is of this very type; then its value has the type's TypeScript type. */
export function isInstanceOf<Value, Input>(
  instance: WritableInstance,
  type: WritableType<Value, Input>,
): instance is { readonly type: WritableType<Value, Input>; readonly value: Value } {
  return instance.type === type;
}

/** Appends the instance's bytes, without its class. */
export function encodeInstance(target: ByteWriter, { type, value }: WritableInstance): void {
  (type as WritableType<unknown, unknown>).encode(target, value);
}

/** Reads an instance of this type. */
export function decodeInstance(source: ByteReader, type: AnyWritableType): WritableInstance {
  return { type, value: type.decode(source) };
}

/** Java's `hashCode`. @throws TypeError when its class has none that depends on the value alone. */
export function hashOf({ type, value }: WritableInstance): number {
  const { hash, className } = type as WritableType<unknown, unknown>;
  if (hash === undefined) throw new TypeError(`a ${className} has no hashCode that depends on its value`);
  return hash(value);
}

/** Java's `compareTo`. @throws TypeError for two classes, or one without an order (ClassCastException in Java). */
export function compareInstances(left: WritableInstance, right: WritableInstance): number {
  const { compare, className } = left.type as WritableType<unknown, unknown>;
  if (compare === undefined || className !== right.type.className) {
    throw new TypeError(`a ${className} and a ${right.type.className} cannot be compared`);
  }
  return compare(left.value, right.value);
}

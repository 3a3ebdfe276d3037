import type { JsonValue } from "@sewer/core";
import type { JavaObject, NamedEnumSet, PrimitiveArray, WritableInstance } from "@sewer/writable";

/** What the Writables of a `WritableClasses` decode to. */
export type DecodedValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PrimitiveArray
  | WritableInstance
  | JavaObject
  | NamedEnumSet
  | readonly DecodedValue[];

/**
 * A decoded value as JSON can hold it. Bytes are hex. A map is an array of its [key, value] pairs: keys of any class
 * stay what they are, in their order. What an ObjectWritable holds stands there without its class, and so do the
 * constants of an enum.
 */
export function jsonValue(value: DecodedValue): JsonValue {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  // JSON has no NaN and no infinity.
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  // Beyond 2^53 a JSON number would not survive most readers.
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  // char[]
  if (value instanceof Uint16Array) return Array.from(value, (unit) => String.fromCharCode(unit));
  if (Symbol.iterator in value)
    return Array.from<DecodedValue, JsonValue>(value, (element) => jsonValue(element));
  if ("value" in value) return jsonValue(value.value as DecodedValue);
  if ("instance" in value) return jsonValue(value.instance);
  if ("elements" in value) return jsonValue(value.elements);
  if ("values" in value) return jsonValue(value.values);
  if ("constants" in value) return jsonValue(value.constants);
  // Java's null, and void.
  return null;
}

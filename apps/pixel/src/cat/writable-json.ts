import type { JsonValue } from "@sewer/core";
import {
  accessLogEvent,
  arrayWritable,
  ByteReader,
  bytesWritable,
  extendedAccessLogEvent,
  originalAccessLogEvent,
  text,
  twoDArrayWritable,
  WritableClasses,
  WritableError,
  writableErrors,
  type AnyWritableType,
  type WritableType,
} from "@sewer/writable";
import { jsonValue, type DecodedValue } from "./json-value.ts";

const events = [accessLogEvent, extendedAccessLogEvent, originalAccessLogEvent];

/** What an array holds: the class of its elements is not in its bytes. Without elements that matters to nobody. */
const unknownElement: WritableType<never> = {
  name: "Writable",
  className: "org.apache.hadoop.io.Writable",
  nullable: false,
  empty: undefined,
  encode: throwUnknownElement,
  decode: throwUnknownElement,
};
const classes = new WritableClasses({
  types: [arrayWritable(unknownElement), twoDArrayWritable(unknownElement)],
});

/** A collection, decoded and as JSON, takes up to two hundred times its bytes: elements may have none or one. */
const collectionBytesMax = 1024 * 1024;
/** No collections: shown whatever their length. */
const ofAnyLength: readonly AnyWritableType[] = [text, bytesWritable];

/** How the keys or values of one class become JSON. */
export interface JsonDecoder {
  /** True for events, whose fields stand flat in the line. */
  readonly isEvent: boolean;
  /** @throws WritableError when the bytes are none of this class. */
  decode(bytes: Buffer): JsonValue;
}

/**
 * @param className Java class. What cannot be shown becomes the hex of its bytes: a class that is not known, an array
 * with elements, whatever holds one of these, and a collection of more than 1 MiB.
 */
export function jsonDecoder(className: string): JsonDecoder {
  const event = events.find((schema) => schema.className === className);
  if (event !== undefined) return { isEvent: true, decode: (bytes) => jsonFields(event.decode(bytes)) };
  const type = classes.get(className);
  const decode = type === undefined ? hex : (bytes: Buffer) => ofWritable(type, bytes);
  return { isEvent: false, decode };
}

/** The fields of an event as JSON can hold them; bytes are base64, as in a JSON file. */
export function jsonFields(fields: Readonly<Record<string, unknown>>): Record<string, JsonValue> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, fieldValue(value)]));
}

function fieldValue(value: unknown): JsonValue {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  return jsonValue(value as DecodedValue);
}

function ofWritable(type: AnyWritableType, bytes: Buffer): JsonValue {
  if (bytes.length > collectionBytesMax && !ofAnyLength.includes(type)) return hex(bytes);
  const source = new ByteReader(bytes);
  try {
    const value = type.decode(source) as DecodedValue;
    source.requireEnd(`a ${type.className}`);
    return jsonValue(value);
  } catch (error) {
    if (error instanceof WritableError && error.code === writableErrors.unknownClass) return hex(bytes);
    throw error;
  }
}

function throwUnknownElement(): never {
  throw new WritableError(writableErrors.unknownClass, "an array does not name the class of its elements");
}

function hex(bytes: Buffer): string {
  return bytes.toString("hex");
}

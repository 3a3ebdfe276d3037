import type { JsonValue } from "@sewer/core";
import { accessLogEvent, ByteReader, extendedAccessLogEvent, originalAccessLogEvent } from "@sewer/writable";

const events = [accessLogEvent, extendedAccessLogEvent, originalAccessLogEvent];

const hadoopDecoders: Readonly<Record<string, (bytes: Buffer) => JsonValue>> = {
  NullWritable: () => null,
  BooleanWritable: (bytes) => bytes.readUInt8() !== 0,
  ByteWritable: (bytes) => bytes.readInt8(),
  ShortWritable: (bytes) => bytes.readInt16BE(),
  IntWritable: (bytes) => bytes.readInt32BE(),
  LongWritable: (bytes) => integer(bytes.readBigInt64BE()),
  VIntWritable: (bytes) => new ByteReader(bytes).vint(),
  VLongWritable: (bytes) => integer(new ByteReader(bytes).vlong()),
  FloatWritable: (bytes) => decimal(bytes.readFloatBE()),
  DoubleWritable: (bytes) => decimal(bytes.readDoubleBE()),
  Text: (bytes) => new ByteReader(bytes).text(),
  BytesWritable: (bytes) => new ByteReader(bytes).bytesWritable().toString("hex"),
};

/** How the keys or values of one class become JSON. */
export interface JsonDecoder {
  /** True for events, whose fields stand flat in the line. */
  readonly isEvent: boolean;
  /** @throws WritableError or RangeError when the bytes are none of this class. */
  decode(bytes: Buffer): JsonValue;
}

/** @param className Java class. Bytes of a class that is not known here become hex. */
export function jsonDecoder(className: string): JsonDecoder {
  const event = events.find((schema) => schema.className === className);
  if (event !== undefined) return { isEvent: true, decode: (bytes) => jsonFields(event.decode(bytes)) };
  const simpleName = /^org\.apache\.hadoop\.io\.([A-Za-z]+)$/.exec(className)?.[1] ?? "";
  const decode = Object.hasOwn(hadoopDecoders, simpleName) ? hadoopDecoders[simpleName] : undefined;
  return { isEvent: false, decode: decode ?? ((bytes) => bytes.toString("hex")) };
}

/** The fields of an event as JSON can hold them; bytes are base64, as in a JSON file. */
export function jsonFields(fields: Readonly<Record<string, unknown>>): Record<string, JsonValue> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, jsonValue(value)]));
}

function jsonValue(value: unknown): JsonValue {
  if (typeof value === "bigint" || typeof value === "number") return integer(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  return value as JsonValue;
}

/** Integers beyond 2^53 as decimal text: a JSON number would not survive most readers. */
function integer(value: number | bigint): number | string {
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}

/** JSON has no NaN and no infinity. */
function decimal(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

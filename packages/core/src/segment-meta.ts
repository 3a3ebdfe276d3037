import { SewerError } from "./errors.ts";
import type { JsonObject } from "./json.ts";

/** One field of a {@link RecordSchema}. */
export interface SchemaField {
  readonly name: string;
  /** A Writable's name: `VLong`, `Text`, `BytesWritable` ... */
  readonly type: string;
  readonly nullable: boolean;
}

/** What the records of a source look like (docs/formats/record.md). */
export interface RecordSchema {
  readonly name: string;
  readonly fields: readonly SchemaField[];
}

/** What is known when a segment gets its first record, and never computed again. */
export interface SegmentInfo {
  readonly batchId: string;
  /** Epoch milliseconds. */
  readonly createdMs: number;
  readonly flow: string;
}

/**
 * The meta of every segment: so a spool file moved to another machine can still be read and delivered.
 * `sinks` holds, by sink name, what that sink's `plan` answered.
 */
export interface SegmentMeta {
  readonly v: 1;
  readonly flow: string;
  readonly schema: RecordSchema;
  readonly host: string;
  readonly createdMs: number;
  readonly sinks: Readonly<Record<string, JsonObject>>;
}

/** The bytes to store. */
export function encodeSegmentMeta(meta: SegmentMeta): Buffer {
  return Buffer.from(JSON.stringify(meta), "utf8");
}

/**
 * Reads a segment's meta.
 * @throws SewerError `SEWER_META_INVALID` (scope `batch`, permanent) when it is not such a JSON.
 */
export function decodeSegmentMeta(bytes: Uint8Array): SegmentMeta {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    if (isSegmentMeta(value)) return value;
  } catch (cause) {
    throw invalid("it is not JSON", cause);
  }
  throw invalid("it has not the form of version 1 (docs/formats/spool.md)");
}

function isSegmentMeta(value: unknown): value is SegmentMeta {
  if (!isRecord(value) || value["v"] !== 1 || typeof value["createdMs"] !== "number") return false;
  if (typeof value["flow"] !== "string" || typeof value["host"] !== "string") return false;
  const { schema, sinks } = value;
  if (!isRecord(sinks) || !Object.values(sinks).every(isRecord)) return false;
  if (!isRecord(schema) || typeof schema["name"] !== "string") return false;
  return Array.isArray(schema["fields"]) && schema["fields"].every(isSchemaField);
}

function isSchemaField(value: unknown): value is SchemaField {
  if (!isRecord(value) || typeof value["nullable"] !== "boolean") return false;
  return typeof value["name"] === "string" && typeof value["type"] === "string";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(why: string, cause?: unknown): SewerError {
  const message = `the segment's meta cannot be used: ${why}`;
  return new SewerError("SEWER_META_INVALID", message, { scope: "batch", retry: "permanent", cause });
}

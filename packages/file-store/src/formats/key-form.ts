import type { RecordSchema } from "@sewer/core";
import {
  accessLogEvent,
  extendedAccessLogEvent,
  originalAccessLogEvent,
  originalKeyOf,
} from "@sewer/writable";
import type { ResolvedFormatOptions } from "../options.ts";

/** How records become the keys of a SequenceFile. */
export interface KeyForm {
  /** The keys' Java class. */
  readonly className: string;
  /** The key of a record. @throws an error of any kind when it is none. */
  readonly keyOf: (record: Buffer) => Buffer;
}

/** The form that `format.schema` asks for; undefined when records of this schema do not have it. */
export function keyFormOf(
  { schema }: Pick<ResolvedFormatOptions, "schema">,
  records: RecordSchema,
): KeyForm | undefined {
  if (schema === "sewer-0.5") {
    const { className } = originalAccessLogEvent;
    return records.name === accessLogEvent.name ? { className, keyOf: originalKeyOf } : undefined;
  }
  const event = [accessLogEvent, extendedAccessLogEvent].find(({ name }) => name === records.name);
  return event && { className: event.className, keyOf: (record) => withoutFlags(record, event.flagBytes) };
}

function withoutFlags(record: Buffer, flagBytes: number): Buffer {
  if (record.length <= flagBytes) throw new RangeError(`a record has more than ${flagBytes} bytes`);
  return record.subarray(flagBytes);
}

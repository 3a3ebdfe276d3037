import { defineWritable, type WritableInput, type WritableValue } from "./schema.ts";
import { bytesWritable } from "./writables/bytes-writable.ts";
import { nullable } from "./writables/nullable.ts";
import { vlong } from "./writables/numbers.ts";
import { textPairs } from "./writables/text-pairs.ts";
import { text } from "./writables/text.ts";

/** The fields of one HTTP request, in order; schemas that hold more begin with them. */
export const accessLogFields = {
  timestamp: vlong,
  ip: text,
  host: text,
  requestPath: text,
  queryString: nullable(text),
  referer: nullable(text),
  userAgent: nullable(text),
  cookies: nullable(text),
} as const;

/** One HTTP request of a pixel endpoint: schema `access-log`, Java class `sewer.AccessLogEvent`. */
export const accessLogEvent = defineWritable({
  name: "access-log",
  className: "sewer.AccessLogEvent",
  fields: accessLogFields,
});

/**
 * A decoded event. `timestamp` is epoch milliseconds; `queryString`, `referer`, `userAgent` and `cookies`
 * are null when the request had none.
 */
export type AccessLogEvent = WritableValue<typeof accessLogEvent>;

/** What can be encoded as an event. */
export type AccessLogEventInput = WritableInput<typeof accessLogEvent>;

/**
 * A request with what a pixel endpoint may record beyond the access log: schema `access-log-extended`, Java
 * class `sewer.ExtendedAccessLogEvent`.
 */
export const extendedAccessLogEvent = defineWritable({
  name: "access-log-extended",
  className: "sewer.ExtendedAccessLogEvent",
  fields: { ...accessLogFields, method: text, headers: textPairs, body: nullable(bytesWritable) },
});

/**
 * A decoded extended event. `headers` are pairs of name, in lower case, and value, in wire order; `body` is
 * null when the request had none or bodies are not recorded.
 */
export type ExtendedAccessLogEvent = WritableValue<typeof extendedAccessLogEvent>;

/** What can be encoded as an extended event. */
export type ExtendedAccessLogEventInput = WritableInput<typeof extendedAccessLogEvent>;

/**
 * The event of the original Sewer 0.5: schema `sewer-0.5`, Java class
 * `net.pixelcop.sewer.source.http.AccessLogEvent`. `sortHash` is 32 hexadecimal digits, see `sortHashOf`; keys are
 * ordered by it.
 */
export const originalAccessLogEvent = defineWritable({
  name: "sewer-0.5",
  className: "net.pixelcop.sewer.source.http.AccessLogEvent",
  fields: { ...accessLogFields, sortHash: text },
});

/** A decoded event of the original Sewer. There `timestamp` was System.nanoTime. */
export type OriginalAccessLogEvent = WritableValue<typeof originalAccessLogEvent>;

import { defineWritable, type WritableInput, type WritableValue } from "./schema.ts";
import { nullable } from "./writables/nullable.ts";
import { vlong } from "./writables/numbers.ts";
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

import { hash } from "node:crypto";
import { accessLogEvent, type AccessLogEventInput } from "./access-log-event.ts";
import { ByteReader } from "./byte-reader.ts";
import { toJavaWellFormed } from "./utf8.ts";

const textFields = accessLogEvent.fields.slice(1);
const nullText = Buffer.from("null", "latin1");

/**
 * The `sortHash` of the original Sewer (its AccessLogEvent.java): lower-case hex MD5 over the decimal timestamp and
 * the other fields in order, with nothing between, where Java prints an absent one as "null". So it cannot be computed
 * again from a SequenceFile, which does not tell absent from empty.
 */
export function sortHashOf(event: AccessLogEventInput): string {
  const { timestamp, ip, host, requestPath, queryString, referer, userAgent, cookies } = event;
  const texts = [ip, host, requestPath, queryString, referer, userAgent, cookies].map(
    (value) => value ?? "null",
  );
  return hash("md5", toJavaWellFormed(`${timestamp}${texts.join("")}`), "hex");
}

/**
 * The same for a record of schema `access-log`, over the bytes of its fields as they are, also where they are no UTF-8.
 *
 * @throws WritableError `truncated`, `length`, `vintRange`, `trailingBytes` when it is no such record.
 */
export function sortHashOfRecord(record: Uint8Array): string {
  const source = new ByteReader(record);
  const flags = source.uint8();
  const parts: Uint8Array[] = [Buffer.from(String(source.vlong()), "latin1")];
  let flag = 1;
  for (const { nullable } of textFields) {
    const content = source.textBytes();
    parts.push(nullable && (flags & flag) !== 0 ? nullText : content);
    if (nullable) flag <<= 1;
  }
  source.requireEnd("the last field");
  return hash("md5", Buffer.concat(parts), "hex");
}

/**
 * The original Sewer's key for a record of schema `access-log`: the record's Writable bytes, then as a Text its
 * {@link sortHashOfRecord}.
 *
 * @throws WritableError as that does.
 */
export function originalKeyOf(record: Uint8Array): Buffer {
  const digits = Buffer.from(sortHashOfRecord(record), "latin1");
  return Buffer.concat([record.subarray(accessLogEvent.flagBytes), Buffer.from([digits.length]), digits]);
}

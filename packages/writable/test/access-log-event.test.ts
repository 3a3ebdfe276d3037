import { expect, expectTypeOf, test } from "vitest";
import {
  accessLogEvent,
  extendedAccessLogEvent,
  schemaOf,
  textPairs,
  ByteReader,
  writableErrors,
  type ExtendedAccessLogEvent,
} from "../src/index.ts";
import { codeOf } from "./fixtures.ts";

const event: ExtendedAccessLogEvent = {
  timestamp: 1000,
  ip: "10.0.0.1",
  host: "h",
  requestPath: "/p",
  queryString: "",
  referer: null,
  userAgent: null,
  cookies: null,
  method: "POST",
  headers: [
    ["dnt", "1"],
    ["dnt", ""],
  ],
  body: Buffer.from([0, 255]),
};

test("an extended event is an access-log event, then method, headers, body", () => {
  const { method: _method, headers: _headers, body: _body, ...plain } = event;
  const bytes = extendedAccessLogEvent.encode(event);
  const prefix = accessLogEvent.encode(plain);
  expect(bytes.subarray(0, prefix.length)).toEqual(prefix);
  expect(bytes.subarray(prefix.length).toString("hex")).toBe(
    ["04504f5354", "00000002", "03646e740131", "03646e7400", "00000002", "00ff"].join(""),
  );
  expect(extendedAccessLogEvent.className).toBe("sewer.ExtendedAccessLogEvent");
});

test("as a record null and empty bodies are told apart", () => {
  for (const body of [null, Buffer.alloc(0), Buffer.from("x")]) {
    const record = extendedAccessLogEvent.encodeRecord({ ...event, body });
    expect(record[0]).toBe(body === null ? 0x1e : 0x0e);
    expect(extendedAccessLogEvent.decodeRecord(record)).toEqual({ ...event, body });
  }
});

test("the schema of a segment's meta reads it too", () => {
  const { name, fields } = extendedAccessLogEvent;
  const again = schemaOf(
    JSON.parse(JSON.stringify({ name, fields })) as { name: string; fields: typeof fields },
  );
  expect(again.decodeRecord(extendedAccessLogEvent.encodeRecord(event))).toEqual(event);
  expectTypeOf<ExtendedAccessLogEvent["body"]>().toEqualTypeOf<Buffer | null>();
});

test.each([
  ["a negative number of pairs", "ffffffff", writableErrors.length],
  ["2^31 - 1 pairs in a few bytes", "7fffffff0000", writableErrors.length],
  ["more pairs than bytes", "000000020000", writableErrors.truncated],
])("%s is refused", (_, hex, code) => {
  expect(codeOf(() => textPairs.decode(new ByteReader(Buffer.from(hex, "hex"))))).toBe(code);
});

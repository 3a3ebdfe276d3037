import { expect, test } from "vitest";
import {
  accessLogEvent,
  openSequenceFile,
  originalAccessLogEvent,
  originalKeyOf,
  sortHashOf,
  sortHashOfRecord,
  toJavaWellFormed,
  vlongLength,
  writableErrors,
  type AccessLogEvent,
  type OriginalAccessLogEvent,
} from "../src/index.ts";
import { codeOf, fixture, fixtureLines } from "./fixtures.ts";

interface JavaEvent extends Omit<OriginalAccessLogEvent, "timestamp"> {
  timestamp: string;
  hex: string;
}

interface OriginalRecord extends OriginalAccessLogEvent {
  value: number;
}

function eventOf({ timestamp, sortHash: _hash, ...texts }: JavaEvent): AccessLogEvent {
  const { ip, host, requestPath, queryString, referer, userAgent, cookies } = texts;
  return { timestamp: BigInt(timestamp), ip, host, requestPath, queryString, referer, userAgent, cookies };
}

const empty = { ip: "", host: "", requestPath: "", queryString: "", referer: "", userAgent: "", cookies: "" };

test.each(fixtureLines<JavaEvent>("hadoop/accesslogevent.jsonl"))("Java's hash and key of $hex", (line) => {
  const event = eventOf(line);
  expect(sortHashOf(event)).toBe(line.sortHash);
  expect(sortHashOfRecord(accessLogEvent.encodeRecord(event))).toBe(line.sortHash);
  expect(originalAccessLogEvent.encode({ ...event, sortHash: line.sortHash }).toString("hex")).toBe(line.hex);
  expect(originalKeyOf(accessLogEvent.encodeRecord(event)).toString("hex")).toBe(line.hex);
});

test("all is null but the timestamp", () => {
  const absent = Object.fromEntries(Object.keys(empty).map((name) => [name, null]));
  const event = { timestamp: 0, ...absent } as unknown as AccessLogEvent;
  expect(sortHashOf(event)).toBe("2d864edc7f89786eadbb057feda5c96d");
});

test("the hash of every event of an original file, with some of what is empty taken as absent", () => {
  const [, ...records] = fixtureLines<OriginalRecord>("original/fields.records.jsonl");
  for (const { sortHash, value: _value, ...event } of records) {
    const nullables = ["queryString", "referer", "userAgent", "cookies"] as const;
    const candidates = Array.from({ length: 16 }, (_, bits) => {
      const candidate: AccessLogEvent = { ...event };
      nullables.forEach((name, index) => {
        if ((bits & (1 << index)) !== 0 && candidate[name] === "") candidate[name] = null;
      });
      return candidate;
    });
    const found = candidates.find((candidate) => sortHashOf(candidate) === sortHash);
    expect(found, JSON.stringify(event)).toBeDefined();
    const key = originalKeyOf(accessLogEvent.encodeRecord(found!));
    expect(originalAccessLogEvent.decode(key)).toEqual({ ...event, sortHash });
  }
  expect(records.length).toBeGreaterThan(50);
});

test("the keys of the original file are those of its events", async () => {
  const [, ...records] = fixtureLines<OriginalRecord>("original/fields.records.jsonl");
  const file = await openSequenceFile(fixture("original/fields.seq"));
  expect(file.header.keyClass).toBe(originalAccessLogEvent.className);
  let index = 0;
  for await (const { key } of file) {
    const { value: _value, ...fields } = records[index++]!;
    expect(originalAccessLogEvent.decode(key)).toEqual(fields);
  }
  expect(index).toBe(records.length);
});

test("surrogates are joined before they are judged, as Java does it", () => {
  const split = { ...empty, timestamp: 1, ip: "\ud83d", host: "\ude80" };
  expect(sortHashOf(split)).toBe(sortHashOf({ ...empty, timestamp: 1, ip: "🚀" }));
  expect(sortHashOf({ ...empty, timestamp: 1, ip: "\ud83d" })).toBe(
    sortHashOf({ ...empty, timestamp: 1, ip: toJavaWellFormed("\ud83d") }),
  );
});

test("bytes that are no UTF-8 go into the hash as they are", () => {
  const record = Buffer.from(accessLogEvent.encodeRecord({ ...empty, timestamp: 5, ip: "A", host: "B" }));
  const key = (ip: number): Buffer => {
    record[1 + vlongLength(5) + 1] = ip;
    return originalKeyOf(record);
  };
  expect(key(0xff).subarray(-32).equals(key(0xfe).subarray(-32))).toBe(false);
  expect(originalAccessLogEvent.decode(key(0xff)).ip).toBe("\ufffd");
});

test("what is no record is a typed error", () => {
  const record = accessLogEvent.encodeRecord({ ...empty, timestamp: 5 });
  for (let cut = 0; cut < record.length; cut += 1) {
    expect(codeOf(() => originalKeyOf(record.subarray(0, cut)))).toBe(writableErrors.truncated);
  }
  const longer = Buffer.concat([record, Buffer.alloc(1)]);
  expect(codeOf(() => originalKeyOf(longer))).toBe(writableErrors.trailingBytes);
});

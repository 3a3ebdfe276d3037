import { describe, expect, test } from "vitest";
import { openSequenceFile } from "../../src/index.ts";
import { oldFile, oldVersions } from "../old-files.ts";
import { readAll } from "../fixtures.ts";

const text = "org.apache.hadoop.io.Text";
const records = Array.from(
  { length: 5 },
  (_, index) => [Buffer.from(`\x02k${index}`), Buffer.from(`\x02v${index}`)] as const,
);

describe.each(oldVersions)("version $version, compression $compression", ({ version, compression }) => {
  const bytes = oldFile({ version, compression, keyClass: text, valueClass: text, records });

  test("header and records", async () => {
    const { header } = await openSequenceFile(bytes);
    expect(header).toMatchObject({ version, compression, keyClass: text, valueClass: text });
    expect(header.codecClass).toBe(
      compression === "none" ? undefined : "org.apache.hadoop.io.compress.DefaultCodec",
    );
    expect([...header.metadata]).toEqual([]);
    expect(header.syncMarker?.length).toBe(version === 1 ? undefined : 16);
    const { records: found, error } = await readAll(bytes);
    expect(error).toBeUndefined();
    expect(found.map(({ key, value }) => [key, value])).toEqual(records);
  });

  test("damage in the last record leaves those before it", async () => {
    const copy = Buffer.from(bytes);
    copy[copy.length - 1]! ^= 0xff;
    const damage: number[] = [];
    const onDamage = ({ to }: { to: number }): number => damage.push(to);
    const { records: found, error } = await readAll(copy.subarray(0, -1), { onDamage });
    expect(error).toBeUndefined();
    expect(found.length).toBe(compression === "block" ? 0 : 4);
    expect(damage).toEqual([copy.length - 1]);
  });
});

test("version 1 has no syncs: -1 is a damaged length, and a split has all records or none", async () => {
  const bytes = oldFile({ version: 1, compression: "none", keyClass: text, valueClass: text, records });
  expect((await readAll(bytes, { end: 200 })).records).toHaveLength(5);
  expect((await readAll(bytes, { start: 200 })).records).toHaveLength(0);
  const { error } = await readAll(Buffer.concat([bytes, Buffer.alloc(4, 0xff)]));
  expect(error).toMatchObject({ offset: bytes.length });
});

test.each([
  ["long", "org.apache.hadoop.io.LongWritable"],
  ["null", "org.apache.hadoop.io.NullWritable"],
  ["UTF8", "org.apache.hadoop.io.UTF8"],
  ["MD5Hash", "org.apache.hadoop.io.MD5Hash"],
])("the alias %s of old releases is %s", async (keyClass, className) => {
  const bytes = oldFile({ version: 3, compression: "none", keyClass, valueClass: text, records: [] });
  expect((await openSequenceFile(bytes)).header.keyClass).toBe(className);
});

import { gunzipSync, zstdDecompressSync } from "node:zlib";
import {
  accessLogEvent,
  extendedAccessLogEvent,
  openSequenceFile,
  originalAccessLogEvent,
  sortHashOf,
} from "@sewer/writable";
import { describe, expect, test } from "vitest";
import { fileFormat, formatOptions, type FormatOptions, type RecordTally } from "../src/index.ts";
import { jsonLine } from "../src/formats/json-lines.ts";
import { inChunks } from "../src/formats/records.ts";
import { batchOf, events, schema, type BatchOptions } from "./events.ts";

const signal = new AbortController().signal;

async function encode(format: FormatOptions, options: Partial<BatchOptions>): Promise<[Buffer, RecordTally]> {
  const resolved = formatOptions.parse(format);
  const batch = batchOf({ plan: { path: "/x", format: resolved }, ...options });
  const tally = { records: 0 };
  const chunks: Buffer[] = [];
  for await (const chunk of fileFormat(resolved, schema).encode(batch, tally, signal)) chunks.push(chunk);
  return [Buffer.concat(chunks), tally];
}

/** All frames: node:zlib stops after the first. */
function unzstd(bytes: Buffer): Buffer {
  const frames: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const frame = zstdDecompressSync(bytes.subarray(at), { info: true }) as unknown as ZstdInfo;
    frames.push(frame.buffer);
    at += frame.engine.bytesWritten;
  }
  return Buffer.concat(frames);
}

interface ZstdInfo {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe("SequenceFile", () => {
  test.each(["none", "block"] as const)(
    "compression %s: keys are the records without their flags",
    async (compression) => {
      const sent = events(5000);
      const [bytes, tally] = await encode({ compression }, { events: sent });
      expect(tally.records).toBe(5000);
      const file = await openSequenceFile(bytes);
      expect(file.header.keyClass).toBe("sewer.AccessLogEvent");
      expect(file.header.valueClass).toBe("org.apache.hadoop.io.VLongWritable");
      expect(file.header.compression).toBe(compression);
      let i = 0;
      for await (const { key, value } of file) {
        expect(key.equals(accessLogEvent.encode(sent[i++]!))).toBe(true);
        expect(value.toString("hex")).toBe("01");
      }
      expect(i).toBe(5000);
    },
  );

  test("schema sewer-0.5: the original's class, with a hash of the fields", async () => {
    const sent = events(50);
    const [bytes, tally] = await encode({ schema: "sewer-0.5", codec: "deflate" }, { events: sent });
    expect(tally.records).toBe(50);
    const file = await openSequenceFile(bytes);
    expect(file.header.keyClass).toBe("net.pixelcop.sewer.source.http.AccessLogEvent");
    expect(file.header.codecClass).toBe("org.apache.hadoop.io.compress.DefaultCodec");
    let i = 0;
    for await (const { key, value } of file) {
      const event = sent[i++]!;
      const expected = originalAccessLogEvent.encode({ ...event, sortHash: sortHashOf(event) });
      expect(key.equals(expected)).toBe(true);
      expect(value.toString("hex")).toBe("01");
    }
    expect(i).toBe(50);
  });

  test("one batch has one encoding; another id has another sync marker", async () => {
    const [first] = await encode({}, {});
    const [second] = await encode({}, {});
    const [other] = await encode({}, { id: "01JDEF0000000000000000ABCD-00000002" });
    expect(second.equals(first)).toBe(true);
    expect(other.length).toBe(first.length);
    expect(other.equals(first)).toBe(false);
  });

  test("the digest sees the records, not the compression or the marker", async () => {
    const format = fileFormat(formatOptions.parse({}), schema);
    const digests = await Promise.all(
      [
        await encode({}, {}),
        await encode({ level: 9 }, { id: "01JDEF0000000000000000ABCD-00000002" }),
        await encode({ compression: "none" }, {}),
        await encode({}, { events: events(10, 2) }),
        await encode({}, { events: events(9) }),
      ].map(([bytes]) => format.digest(pieces(bytes, 100))),
    );
    expect(new Set(digests.map((digest) => digest?.sha256)).size).toBe(3);
    expect(digests[0]).toEqual(digests[1]);
    expect(digests[0]).toEqual(digests[2]);
    expect(digests[0]?.records).toBe(10);
  });

  test("a record that is too short for a key is the batch's fault", async () => {
    await expect(encode({}, { records: [Buffer.from([0])] })).rejects.toMatchObject({
      code: "SEWER_FILE_RECORD_INVALID",
      scope: "batch",
      retry: "permanent",
    });
  });
});

describe("schema access-log-extended", () => {
  const extended = { name: extendedAccessLogEvent.name, fields: [...extendedAccessLogEvent.fields] };
  const sent = events(300).map((event, index) => ({
    ...event,
    method: "POST",
    headers: [["dnt", "1"] as const, ["x", "\u009b\n"] as const],
    body: index % 2 === 0 ? null : Buffer.from([0, index & 255]),
  }));
  const encodeExtended = async (format: FormatOptions): Promise<Buffer> => {
    const resolved = formatOptions.parse(format);
    const records = sent.map((event) => extendedAccessLogEvent.encodeRecord(event));
    const batch = batchOf({ plan: { path: "/x", format: resolved }, records });
    const chunks: Buffer[] = [];
    const encoding = fileFormat(resolved, extended).encode(batch, { records: 0 }, signal);
    for await (const chunk of encoding) chunks.push(chunk);
    return Buffer.concat(chunks);
  };

  test("SequenceFile: its own class, the records without their flags", async () => {
    const file = await openSequenceFile(await encodeExtended({}));
    expect(file.header.keyClass).toBe("sewer.ExtendedAccessLogEvent");
    const keys: string[] = [];
    for await (const { key } of file) keys.push(key.toString("hex"));
    expect(keys).toEqual(sent.map((event) => extendedAccessLogEvent.encode(event).toString("hex")));
  });

  test("JSON: headers as pairs, the body as base64 or null, no control character", async () => {
    const lines = (await encodeExtended({ type: "json" })).toString("utf8").trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
      sent.map((event) => ({ ...event, body: event.body?.toString("base64") ?? null })),
    );
    // oxlint-disable-next-line no-control-regex -- they are what is looked for
    expect(lines.join("")).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  });
});

const codecClasses = {
  deflate: "DefaultCodec",
  gzip: "GzipCodec",
  bzip2: "BZip2Codec",
  snappy: "SnappyCodec",
  lz4: "Lz4Codec",
  zstd: "ZStandardCodec",
} as const;

describe.each(["record", "block"] as const)("SequenceFile, compression %s", (compression) => {
  test.each(Object.entries(codecClasses))("codec %s", async (name, className) => {
    const codec = name as keyof typeof codecClasses;
    const [bytes, tally] = await encode({ compression, codec }, { events: events(800) });
    expect(tally.records).toBe(800);
    const { header } = await openSequenceFile(bytes);
    expect(header).toMatchObject({ compression, codecClass: `org.apache.hadoop.io.compress.${className}` });
    const [plain] = await encode({ compression: "none" }, { events: events(800) });
    const format = fileFormat(formatOptions.parse({ compression, codec }), schema);
    expect(await format.digest(pieces(bytes, 1000))).toEqual(await format.digest(pieces(plain, 1000)));
    expect(await format.digest(pieces(bytes.subarray(0, -1), 1000))).toBeUndefined();
    const [again] = await encode({ compression, codec }, { events: events(800) });
    expect(again.equals(bytes)).toBe(true);
  });

  test("the level is the codec's", async () => {
    const [fast] = await encode({ compression, codec: "deflate", level: 1 }, { events: events(800) });
    const [small] = await encode({ compression, codec: "deflate", level: 9 }, { events: events(800) });
    expect(small.equals(fast)).toBe(false);
  });
});

describe("JSON lines", () => {
  test("one object a line, null apart from the empty text, in the schema's order", async () => {
    const sent = events(3);
    const [bytes] = await encode({ type: "json" }, { events: sent });
    const lines = bytes.toString("utf8").split("\n");
    expect(lines.pop()).toBe("");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(sent);
    expect(Object.keys(JSON.parse(lines[0]!) as object)).toEqual(schema.fields.map((field) => field.name));
  });

  test("bytes that are no UTF-8 become U+FFFD", async () => {
    const record = accessLogEvent.encodeRecord({ ...events(1)[0]!, host: "abc" });
    record.set([0xff], record.indexOf("abc") + 1);
    const [bytes] = await encode({ type: "json" }, { records: [record] });
    expect(JSON.parse(bytes.toString("utf8"))).toMatchObject({ host: "a\ufffdc" });
  });

  test.each([
    ["\u0000\u001f\n\t", "\\u0000\\u001f\\n\\t"],
    ["\u007f\u0080\u009f", "\\u007f\\u0080\\u009f"],
    ["\u2028\u2029", "\\u2028\\u2029"],
    ['"\\/', '\\"\\\\/'],
    ["ü🚀\u00a0", "ü🚀\u00a0"],
  ])("%j is written as %s", (value, json) => {
    const line = jsonLine({ value });
    expect(line).toBe(`{"value":"${json}"}\n`);
    expect(JSON.parse(line)).toEqual({ value });
  });

  test("integers beyond 2^53 are decimal strings, bytes are base64", () => {
    expect(jsonLine({ n: 9007199254740993n, m: 7, b: Buffer.from([0, 255]), z: null })).toBe(
      '{"n":"9007199254740993","m":7,"b":"AP8=","z":null}\n',
    );
  });

  test.each([
    ["gzip", gunzipSync, 5000],
    ["zstd", unzstd, 12_000],
  ] as const)("%s compresses the whole file", async (compression, decompress, count) => {
    const [plain] = await encode({ type: "json" }, { events: events(count) });
    const [packed, tally] = await encode({ type: "json", compression }, { events: events(count) });
    expect(tally.records).toBe(count);
    expect(packed.length).toBeLessThan(plain.length / 4);
    expect(decompress(packed).equals(plain)).toBe(true);
    const digest = await fileFormat(formatOptions.parse({ type: "json" }), schema).digest(
      pieces(plain, 1000),
    );
    const format = fileFormat(formatOptions.parse({ type: "json", compression }), schema);
    for (const size of [1000, 1 << 24]) expect(await format.digest(pieces(packed, size))).toEqual(digest);
    expect(digest?.records).toBe(count);
    expect(await format.digest(pieces(plain, 1000))).toBeUndefined();
    expect(await format.digest(pieces(packed.subarray(0, -9), 1000))).toBeUndefined();
  });

  test("a zstd file without records is an empty frame, one with more than a frame is what zstd reads", async () => {
    const [empty] = await encode({ type: "json", compression: "zstd" }, { events: [] });
    expect(unzstd(empty)).toHaveLength(0);
    const [packed] = await encode({ type: "json", compression: "zstd" }, { events: events(12_000) });
    const magic = Buffer.from("28b52ffd", "hex");
    expect(packed.indexOf(magic, 4)).toBeGreaterThan(0);
  });

  test("a record that does not follow the schema is the batch's fault", async () => {
    for (const compression of ["none", "gzip", "zstd"] as const) {
      const records = [accessLogEvent.encodeRecord(events(1)[0]!), Buffer.from([0, 1, 2])];
      await expect(encode({ type: "json", compression }, { records })).rejects.toMatchObject({
        code: "SEWER_FILE_RECORD_INVALID",
        scope: "batch",
        retry: "permanent",
        message: expect.stringContaining("record 2 of the batch"),
      });
    }
  });
});

describe.each([
  {},
  { compression: "none" },
  { type: "json" },
  { type: "json", compression: "gzip" },
  { type: "json", compression: "zstd" },
  { compression: "record", codec: "snappy" },
  { codec: "lz4" },
] as const)("%j", (format) => {
  test("SNK-5: another count of records than the spool's ends the encoding with an error", async () => {
    await expect(encode(format, { readableCount: 11 })).rejects.toMatchObject({
      code: "SEWER_FILE_RECORD_COUNT",
      scope: "batch",
    });
  });

  test("an encoding that is given up lets go of the batch", async () => {
    const resolved = formatOptions.parse(format);
    const batch = batchOf({ plan: { path: "/x", format: resolved }, events: events(20_000) });
    let isReleased = false;
    const frames = batch.frames.bind(batch);
    batch.frames = async function* (given) {
      try {
        yield* frames(given);
      } finally {
        isReleased = true;
      }
    };
    for await (const _ of fileFormat(resolved, schema).encode(batch, { records: 0 }, signal)) break;
    await expect.poll(() => isReleased).toBe(true);
  });
});

test("JSON of schema sewer-0.5: null stays null, and sortHash is the last field", async () => {
  const sent = events(20);
  const [bytes] = await encode({ type: "json", schema: "sewer-0.5" }, { events: sent });
  const lines = bytes.toString("utf8").trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
    sent.map((event) => ({ ...event, sortHash: sortHashOf(event) })),
  );
});

test.each(["sequencefile", "json"] as const)("extended events have no form of sewer-0.5: %s", (type) => {
  const { name, fields } = extendedAccessLogEvent;
  const format = formatOptions.parse({ type, schema: "sewer-0.5" });
  expect(() => fileFormat(format, { name, fields: [...fields] })).toThrow(
    expect.objectContaining({ code: "SEWER_FILE_NOT_BUILT", scope: "batch", retry: "permanent" }),
  );
});

test("unknown schemas: JSON writes them, a SequenceFile has no class for them", () => {
  const other = { name: "other", fields: [{ name: "a", type: "Text", nullable: true }] };
  expect(() => fileFormat(formatOptions.parse({ type: "json" }), other)).not.toThrow();
  const fault = expect.objectContaining({ code: "SEWER_FILE_NOT_BUILT", scope: "batch", retry: "permanent" });
  expect(() => fileFormat(formatOptions.parse({}), other)).toThrow(fault);
  const bad = { name: "other", fields: [{ name: "a", type: "Nope", nullable: true }] };
  expect(() => fileFormat(formatOptions.parse({ type: "json" }), bad)).toThrow(fault);
});

test("pieces are joined to chunks of at least the given size, none of them empty", async () => {
  async function* source(): AsyncGenerator<Buffer> {
    for (const text of ["", "a", "bc", "", "defghij", "k", ""]) yield Buffer.from(text);
  }
  const chunks: string[] = [];
  for await (const chunk of inChunks(source(), 3)) chunks.push(String(chunk));
  expect(chunks).toEqual(["abc", "defghij", "k"]);
});

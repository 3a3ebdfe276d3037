import * as fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  accessLogEvent,
  gzipCodec,
  intWritable,
  longWritable,
  nullWritable,
  openSequenceFile,
  shortWritable,
  SequenceFileWriter,
  WritableError,
  writableErrors,
  type Codec,
  type SequenceFileRecord,
} from "../../src/index.ts";
import { chunked, fixture, readAll } from "../fixtures.ts";

const marker = Buffer.alloc(16, 0x5a);
const options = { keyClass: "K", valueClass: "V", syncMarker: marker } as const;

async function plainFile(count: number): Promise<Buffer> {
  const writer = new SequenceFileWriter({ ...options, compression: "none", syncInterval: 100 });
  for (let index = 0; index < count; index++)
    writer.append(Buffer.from(`k${index}`), Buffer.alloc(10, index));
  return writer.finish();
}

async function blockFile(count: number): Promise<Buffer> {
  const codec = gzipCodec();
  const writer = new SequenceFileWriter({ ...options, compression: "block", codec, blockBytes: 60 });
  for (let index = 0; index < count; index++)
    writer.append(Buffer.from(`k${index}`), Buffer.alloc(10, index));
  return writer.finish();
}

const plain = await plainFile(20);
const block = await blockFile(20);
const plainHeader = (await plainFile(0)).length;
const blockHeader = (await blockFile(0)).length;

function int32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => bytes.writeInt32BE(value, index * 4));
  return bytes;
}

/** The header of a file and what the test puts behind it. */
function withBody(header: Buffer, ...body: Buffer[]): Buffer {
  return Buffer.concat([header, ...body]);
}

async function failureOf(
  bytes: Buffer,
): Promise<{ count: number; code: string; offset: number | undefined }> {
  const { records, error } = await readAll(bytes);
  if (!(error instanceof WritableError)) throw new Error("no WritableError was thrown");
  return { count: records.length, code: error.code, offset: error.offset };
}

function codeIn(error: unknown): string | undefined {
  return error instanceof WritableError ? error.code : undefined;
}

async function drain(reader: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _ of reader) count++;
  return count;
}

afterEach(() => vi.restoreAllMocks());

describe("split and cut anywhere", () => {
  test.each([
    ["none", plain],
    ["block", block],
  ])("%s", async (_, bytes) => {
    const whole = (await readAll(bytes)).records;
    expect(whole).toHaveLength(20);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const split = await readAll(chunked(bytes, [cut]));
      expect(split.error, `split at ${cut}`).toBeUndefined();
      expect(split.records, `split at ${cut}`).toEqual(whole);
      const { records, error } = await readAll(chunked(bytes.subarray(0, cut), [cut >> 1]));
      // What was whole has been given, and nothing else.
      expect(records, `cut at ${cut}`).toEqual(whole.slice(0, records.length));
      expect([undefined, writableErrors.fileTruncated]).toContain(codeIn(error));
      expect(error !== undefined || cut === bytes.length || records.length < whole.length).toBe(true);
    }
  });

  test("a clean end is at a record's or a sync's end only", async () => {
    const ends = new Set([plainHeader]);
    for (let at = plainHeader; at < plain.length;) {
      const length = plain.readInt32BE(at);
      at += length === -1 ? 20 : 8 + length;
      ends.add(at);
    }
    for (let cut = 0; cut <= plain.length; cut++) {
      const { error } = await readAll(plain.subarray(0, cut));
      expect(error === undefined, `cut at ${cut}`).toBe(ends.has(cut));
    }
  });

  test("the error names where the cut record or block begins", async () => {
    const last = plain.length - 21;
    const cutRecord = await failureOf(plain.subarray(0, plain.length - 1));
    expect(cutRecord).toEqual({ count: 19, code: writableErrors.fileTruncated, offset: last });
    const lastBlock = block.lastIndexOf(marker) - 4;
    const cutBlock = await failureOf(block.subarray(0, block.length - 1));
    expect(cutBlock).toEqual({ count: 15, code: writableErrors.fileTruncated, offset: lastBlock });
  });
});

describe("records decode themselves", () => {
  const events = Array.from({ length: 40 }, (_, index) => ({
    timestamp: index * 1e12,
    ip: "192.0.2.1",
    host: index % 3 === 0 ? "bücher.example" : "shop.example",
    requestPath: `/${"a".repeat(index * 8)}`,
    queryString: "",
    referer: "é",
    userAgent: "a".repeat(index === 39 ? 5000 : index % 5),
    cookies: "a=1; b=2",
  }));

  const kinds = ["none", "record", "block"] as const;
  async function fileOf(compression: (typeof kinds)[number]): Promise<Buffer> {
    const codec = gzipCodec();
    const writer = new SequenceFileWriter({
      ...options,
      compression,
      ...(compression !== "none" && { codec }),
    });
    for (const [index, event] of events.entries()) {
      writer.append(accessLogEvent.encode(event), Buffer.from([0, 0, 0, index]));
    }
    return writer.finish();
  }

  test.each(kinds)("%s: by type, as often and as late as asked, wherever chunks end", async (compression) => {
    const bytes = await fileOf(compression);
    for (const chunkBytes of [bytes.length, 1000, 7]) {
      const cuts = Array.from({ length: Math.floor(bytes.length / chunkBytes) }, (_, i) => i * chunkBytes);
      const records: SequenceFileRecord[] = [];
      for await (const record of await openSequenceFile(chunked(bytes, cuts))) records.push(record);
      for (const [index, record] of records.entries()) {
        const view = record.decodeKey(accessLogEvent.viewType);
        expect(record.decodeKey(accessLogEvent.type)).toEqual(events[index]);
        expect(accessLogEvent.decode(record.key)).toEqual(events[index]);
        expect([view.host, view.userAgent]).toEqual([events[index]?.host, events[index]?.userAgent]);
        expect(record.decodeValue(intWritable)).toBe(index);
      }
      expect(records).toHaveLength(events.length);
    }
  });

  test.each(kinds)("%s: bytes too few and too many are typed errors", async (compression) => {
    for await (const record of await openSequenceFile(await fileOf(compression))) {
      const tooMany = { code: writableErrors.trailingBytes, offset: 2 };
      expect(() => record.decodeValue(shortWritable)).toThrow(expect.objectContaining(tooMany));
      const tooFew = { code: writableErrors.truncated, offset: 0 };
      expect(() => record.decodeValue(longWritable)).toThrow(expect.objectContaining(tooFew));
    }
  });

  test("keysOnly: the value is empty", async () => {
    for await (const record of await openSequenceFile(await fileOf("block"), { keysOnly: true })) {
      expect(record.decodeValue(nullWritable)).toBeNull();
      expect(record.value).toHaveLength(0);
    }
  });
});

describe("hostile bytes", () => {
  const header = plain.subarray(0, plainHeader);
  const blocks = block.subarray(0, blockHeader);
  const sync = Buffer.concat([int32(-1), marker]);

  test.each([
    ["a negative record length", withBody(header, int32(-2, 0)), writableErrors.damaged],
    ["a negative key length", withBody(header, int32(4, -1, 0)), writableErrors.damaged],
    ["a key longer than the record", withBody(header, int32(4, 5, 0, 0)), writableErrors.damaged],
    ["a record longer than allowed", withBody(header, int32(0x7fffffff, 0)), writableErrors.tooLarge],
    ["a record longer than the file", withBody(header, int32(0xffffff, 0)), writableErrors.fileTruncated],
    ["another sync marker", withBody(header, int32(-1), Buffer.alloc(16)), writableErrors.sync],
  ])("none: %s", async (_, bytes, code) => {
    expect(await failureOf(bytes)).toEqual({ count: 0, code, offset: plainHeader });
  });

  test.each([
    ["no sync", int32(0, 0, 0, 0, 0), writableErrors.sync],
    ["another sync marker", Buffer.concat([int32(-1), Buffer.alloc(16)]), writableErrors.sync],
    [
      "a negative record count",
      Buffer.concat([sync, Buffer.from("ff00000000", "hex")]),
      writableErrors.damaged,
    ],
    [
      "a record count beyond int32",
      Buffer.concat([sync, Buffer.from("8cffffffff", "hex")]),
      writableErrors.damaged,
    ],
    ["2^31 - 1 records", Buffer.concat([sync, Buffer.from("8c7fffffff", "hex")]), writableErrors.tooLarge],
    ["a negative length", Buffer.concat([sync, Buffer.from("01ff", "hex")]), writableErrors.damaged],
    [
      "a length that is too large",
      Buffer.concat([sync, Buffer.from("018c7fffffff", "hex")]),
      writableErrors.tooLarge,
    ],
    ["streams of nothing", Buffer.concat([sync, Buffer.from("0100000000", "hex")]), writableErrors.damaged],
  ])("block: %s", async (_, body, code) => {
    expect(await failureOf(withBody(blocks, body))).toEqual({ count: 0, code, offset: blockHeader });
  });

  interface Parts {
    count: number;
    keyLengths: string;
    keys: string;
    valueLengths: string;
    values: string;
  }
  const good: Parts = { count: 2, keyLengths: "0102", keys: "616263", valueLengths: "0001", values: "64" };

  async function blockOf({ count, ...streams }: Parts): Promise<Buffer> {
    const parts: Buffer[] = [sync, Buffer.from([count])];
    for (const hex of [streams.keyLengths, streams.keys, streams.valueLengths, streams.values]) {
      const stream = gzipCodec().compress(Buffer.from(hex, "hex"));
      parts.push(Buffer.from([stream.length]), stream);
    }
    return withBody(blocks, ...parts);
  }

  test("a block put together by hand reads", async () => {
    const { records, error } = await readAll(await blockOf(good));
    expect(error).toBeUndefined();
    expect(records.map(({ key, value }) => `${key.toString()}=${value.toString()}`)).toEqual(["a=", "bc=d"]);
  });

  test.each([
    ["fewer lengths than records", { count: 3 }],
    ["more lengths than records", { count: 1 }],
    ["a negative length", { keyLengths: "04ff" }],
    ["a length that is no int32", { keyLengths: "018cffffffff" }],
    ["a cut length", { keyLengths: "018f" }],
    ["lengths beyond the keys", { keyLengths: "0103" }],
    ["keys beyond the lengths", { keys: "61626364" }],
    ["values beyond the lengths", { values: "6464" }],
    ["no values", { values: "" }],
  ])("block: %s loses the block as a whole", async (_, change) => {
    const bytes = await blockOf({ ...good, ...change });
    expect(await failureOf(bytes)).toEqual({ count: 0, code: writableErrors.damaged, offset: blockHeader });
  });

  test("block: records larger than allowed are not decompressed", async () => {
    const bytes = await blockOf({ ...good, keyLengths: "008c7fffffff" });
    expect(await failureOf(bytes)).toMatchObject({ code: writableErrors.tooLarge });
  });

  test("any bytes, and any change of a good file, give records or a WritableError", async () => {
    const change = fc.record({ at: fc.nat(), byte: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(plain, block),
        fc.array(change, { maxLength: 4 }),
        async (bytes, list) => {
          const copy = Buffer.from(bytes);
          for (const { at, byte } of list) copy[at % copy.length] = byte;
          expect([undefined, ...Object.values<string>(writableErrors)]).toContain(
            codeIn((await readAll(copy)).error),
          );
        },
      ),
      { numRuns: 300 },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(header, blocks, Buffer.from("SEQ\x06")),
        fc.uint8Array(),
        async (start, rest) => {
          const { error } = await readAll(withBody(start, Buffer.from(rest)));
          expect([undefined, ...Object.values<string>(writableErrors)]).toContain(codeIn(error));
        },
      ),
      { numRuns: 300 },
    );
  });

  test("a length that lies takes no memory", async () => {
    const sizes: number[] = [];
    for (const name of ["alloc", "allocUnsafe", "allocUnsafeSlow"] as const) {
      const original = Buffer[name].bind(Buffer);
      vi.spyOn(Buffer, name).mockImplementation((size: number) => {
        sizes.push(size);
        return original(size);
      });
    }
    for (const bytes of [
      withBody(header, int32(0xffffff, 0), Buffer.alloc(100)),
      withBody(blocks, sync, Buffer.from("018d7fffff", "hex"), Buffer.alloc(100)),
      Buffer.concat([Buffer.from("SEQ\x06\x8d\x7f\xff\xff", "latin1"), Buffer.alloc(100)]),
    ]) {
      const { error } = await readAll(chunked(bytes, [bytes.length - 50, bytes.length - 20]));
      expect(error).toMatchObject({ code: writableErrors.fileTruncated });
    }
    expect(sizes.length).toBeGreaterThan(0);
    expect(Math.max(...sizes)).toBeLessThan(10_000);
  });
});

describe("headers", () => {
  const start = "53455106014b0156";
  test.each([
    ["nothing", "", writableErrors.fileTruncated],
    ["another format", "504b03041400", writableErrors.notSequenceFile],
    ["version 0", "53455100", writableErrors.version],
    ["version 7", "53455107", writableErrors.version],
    ["block without compression", `${start}0001`, writableErrors.header],
    ["a negative metadata count", `${start}0000ffffffff`, writableErrors.header],
    ["metadata that does not come", `${start}00007fffffff`, writableErrors.fileTruncated],
    ["a class name of negative length", "53455106ff", writableErrors.damaged],
    ["a class name without end", "534551068c7fffffff", writableErrors.tooLarge],
  ])("%s", async (_, hex, code) => {
    expect(await failureOf(Buffer.from(hex, "hex"))).toEqual({ count: 0, code, offset: 0 });
  });

  test("an unknown codec is refused at open, by name", async () => {
    const lzo = Buffer.from("com.hadoop.compression.lzo.LzoCodec");
    const bytes = Buffer.concat([
      Buffer.from(`${start}0101${lzo.length.toString(16)}`, "hex"),
      lzo,
      Buffer.alloc(20),
    ]);
    for (const [source, codecs] of [
      [bytes, undefined],
      [fixture("hadoop/record_gzip_long_text.seq"), []],
    ] as const) {
      await expect(openSequenceFile(source, codecs && { codecs })).rejects.toMatchObject({
        code: writableErrors.codec,
        message: expect.stringMatching(/LzoCodec|org\.apache\.hadoop\.io\.compress\.GzipCodec/) as string,
      });
    }
  });

  test("metadata together is bounded", async () => {
    const metadata = new Map(Array.from({ length: 100 }, (_, index) => [`name${index}`, "x".repeat(50)]));
    const writer = new SequenceFileWriter({ ...options, compression: "none", metadata });
    const bytes = await writer.finish();
    expect((await readAll(bytes, { bufferBytesMax: 10_000 })).error).toBeUndefined();
    expect((await readAll(bytes, { bufferBytesMax: 1000 })).error).toMatchObject({
      code: writableErrors.tooLarge,
    });
  });
});

describe("the source", () => {
  test("is never read far ahead, and its memory is not kept", async () => {
    const record = Buffer.concat([int32(1000, 1), Buffer.alloc(1000)]);
    let produced = 0;
    async function* endless(): AsyncGenerator<Buffer, void, undefined> {
      yield plain.subarray(0, plainHeader);
      for (;;) {
        yield Buffer.from(record);
        produced++;
        await Promise.resolve();
      }
    }
    let consumed = 0;
    for await (const { value } of await openSequenceFile(endless())) {
      expect(value).toHaveLength(999);
      consumed++;
      expect(produced - consumed).toBeLessThanOrEqual(1);
      if (consumed === 5000) break;
    }
  });

  test("a block is decompressed while the one before it is used, by a codec of one's own", async () => {
    const streams: string[] = [];
    const awaited: (() => void)[] = [];
    const own: Codec = {
      className: "test.OwnCodec",
      compress: (bytes) => Buffer.from(bytes),
      decompress(bytes) {
        streams.push(Buffer.from(bytes).toString("latin1"));
        for (const done of awaited.splice(0)) done();
        return Buffer.from(bytes);
      },
    };
    const writer = new SequenceFileWriter({ ...options, compression: "block", codec: own, blockBytes: 2 });
    for (const key of ["a", "b", "c"]) writer.append(Buffer.from(key), Buffer.from("v"));
    const reader = await openSequenceFile(await writer.finish(), { codecs: [own] });
    const batches = reader.batches();
    const first = await batches.next();
    // Nobody has asked for the second block yet, and it comes nevertheless; the third does not.
    while (!streams.includes("b")) await new Promise<void>((resolve) => awaited.push(resolve));
    expect([...(first.value ?? [])].map(({ key }) => key.toString())).toEqual(["a"]);
    expect(streams).not.toContain("c");
    await batches.return();
  });

  test("is closed after the end, after break, and after an error", async () => {
    let closed = 0;
    async function* source(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
      try {
        yield* chunked(bytes, [1, 100]);
      } finally {
        closed++;
      }
    }
    await readAll(source(plain));
    expect(closed).toBe(1);
    for await (const _ of await openSequenceFile(source(plain))) break;
    expect(closed).toBe(2);
    await readAll(source(plain.subarray(0, plain.length - 1)));
    expect(closed).toBe(3);
    await readAll(source(Buffer.from("no SequenceFile")));
    expect(closed).toBe(4);
    await (await openSequenceFile(source(plain))).close();
    expect(closed).toBe(5);
  });

  test("its own errors come through as they are", async () => {
    const failure = new Error("disk");
    async function* source(): AsyncGenerator<Buffer, void, undefined> {
      yield plain.subarray(0, plain.length - 5);
      await Promise.resolve();
      throw failure;
    }
    const reader = await openSequenceFile(source());
    await expect(drain(reader)).rejects.toBe(failure);
    expect(reader.recordCount).toBe(19);
    await expect(drain(reader)).rejects.toThrow("once");
  });

  test("several syncs in a row are one", async () => {
    const sync = Buffer.concat([int32(-1), marker]);
    const start = plain.subarray(0, plainHeader);
    const { records, error } = await readAll(
      withBody(start, sync, sync, int32(1, 1), Buffer.from("k"), sync),
    );
    expect(error).toBeUndefined();
    expect(records.map(({ key }) => key.toString())).toEqual(["k"]);
  });
});

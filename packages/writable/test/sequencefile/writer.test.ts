import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  accessLogEvent,
  gzipCodec,
  instanceOf,
  openSequenceFile,
  SequenceFileWriter,
  syncMarkerOf,
  vlong,
  type Codec,
  type SequenceFileWriterOptions,
} from "../../src/index.ts";
import { readAll } from "../fixtures.ts";

const marker = Buffer.from("000102030405060708090a0b0c0d0e0f", "hex");

/** Leaves the bytes as they are, so that the layout around them can be read. */
const bareCodec: Codec = {
  className: "test.BareCodec",
  compress: (bytes) => Buffer.from(bytes),
  decompress: (bytes) => Buffer.from(bytes),
};

function plainWriter(options: Partial<SequenceFileWriterOptions> = {}): SequenceFileWriter {
  const classes = { keyClass: "K", valueClass: "V" };
  return new SequenceFileWriter({ ...classes, compression: "none", syncMarker: marker, ...options });
}

function blockWriter(options: Partial<SequenceFileWriterOptions> = {}): SequenceFileWriter {
  return plainWriter({ compression: "block", codec: gzipCodec(), ...options });
}

describe("layout", () => {
  test("without compression", async () => {
    const writer = plainWriter({
      metadata: new Map([
        ["b", "2"],
        ["a", "1"],
      ]),
    });
    writer.append(Buffer.from("key"), Buffer.from("v"));
    writer.append(Buffer.alloc(0), Buffer.alloc(0));
    const header = "53455106014b01560000000000020161013101620132";
    const records = "00000004000000036b6579760000000000000000";
    expect((await writer.finish()).toString("hex")).toBe(header + marker.toString("hex") + records);
    expect(writer.recordCount).toBe(2);
  });

  test("with block compression", async () => {
    const writer = blockWriter({ codec: bareCodec });
    writer.append(Buffer.from("key"), Buffer.from("v"));
    writer.append(Buffer.from("k2"), Buffer.alloc(0));
    const codecClass = `0e${Buffer.from("test.BareCodec").toString("hex")}`;
    const header = `53455106014b01560101${codecClass}00000000${marker.toString("hex")}`;
    const block = "02020302056b65796b320201000176";
    expect((await writer.finish()).toString("hex")).toBe(
      `${header}ffffffff${marker.toString("hex")}${block}`,
    );
  });

  test("a file without records is its header", async () => {
    for (const writer of [plainWriter(), blockWriter()]) {
      const { records, error } = await readAll(await writer.finish());
      expect([records, error]).toEqual([[], undefined]);
    }
  });

  test("the sync interval counts from the file's first byte, and then from behind each sync", async () => {
    const headerBytes = (await plainWriter().finish()).length;
    const writer = plainWriter({ syncInterval: 100 });
    const value = Buffer.alloc(100 - headerBytes - 8);
    writer.append(Buffer.alloc(0), value);
    for (let index = 0; index < 20; index++) writer.append(Buffer.alloc(0), Buffer.alloc(17, 1));
    const bytes = await writer.finish();
    const syncs = [];
    for (let at = bytes.indexOf(marker, headerBytes); at >= 0; at = bytes.indexOf(marker, at + 1)) {
      expect(bytes.readInt32BE(at - 4)).toBe(-1);
      syncs.push(at - 4);
    }
    // The first record ends at byte 100; four records of 25 bytes stand between one sync and the next.
    expect(syncs).toEqual([100, 220, 340, 460, 580]);
  });

  test("a block is complete once keys and values reach the block size", async () => {
    const writer = blockWriter({ codec: bareCodec, blockBytes: 10 });
    const append = (key: number, value: number): boolean =>
      writer.append(Buffer.alloc(key, 1), Buffer.alloc(value, 1));
    const header = await writer.flush();
    expect([append(4, 5), append(1, 0), append(3, 3), append(2, 2), append(0, 0), append(0, 50)]).toEqual([
      false,
      true,
      true,
      true,
      true,
      true,
    ]);
    const blocks = await writer.flush();
    const counts = blocks.toString("latin1").split(marker.toString("latin1"));
    expect(header.length).toBeGreaterThan(0);
    expect(counts.slice(1).map((block) => block.charCodeAt(0))).toEqual([2, 2, 2]);
    expect(await writer.finish()).toHaveLength(0);
  });
});

describe("determinism", () => {
  const records = fc.array(
    fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), fc.boolean()),
    { maxLength: 60 },
  );

  test.each([
    ["none", () => plainWriter({ syncInterval: 150 })],
    ["block", () => blockWriter({ blockBytes: 200 })],
  ])("%s: the bytes do not depend on when flush is called, and read back", async (_, make) => {
    await fc.assert(
      fc.asyncProperty(records, async (list) => {
        const [flushing, plain] = [make(), make()];
        const parts: Promise<Buffer>[] = [];
        for (const [key, value, flush] of list) {
          flushing.append(key, value);
          plain.append(key, value);
          // Not awaited: flushes overlap with appends and with each other.
          if (flush) parts.push(flushing.flush());
        }
        parts.push(flushing.finish());
        const bytes = await plain.finish();
        expect(Buffer.concat(await Promise.all(parts)).equals(bytes)).toBe(true);
        const result = await readAll(bytes);
        expect(result.error).toBeUndefined();
        expect(result.records.map(({ key, value }) => [[...key], [...value]])).toEqual(
          list.map(([key, value]) => [[...key], [...value]]),
        );
      }),
      { numRuns: 60 },
    );
  });

  test("block: a block is compressed while the next one fills", async () => {
    const started: Buffer[] = [];
    const finish: (() => void)[] = [];
    const slow: Codec = {
      ...bareCodec,
      compressAsync(bytes) {
        started.push(Buffer.from(bytes));
        return new Promise((resolve) => finish.push(() => resolve(Buffer.from(bytes))));
      },
    };
    const [writer, plain] = [slow, bareCodec].map((codec) => blockWriter({ codec, blockBytes: 2 }));
    writer!.append(Buffer.from("a"), Buffer.from("v"));
    const flushed = writer!.flush();
    expect(started.map(String)).toEqual(["\u0001", "a", "\u0001", "v"]);
    writer!.append(Buffer.from("b"), Buffer.from("w"));
    expect(started).toHaveLength(4);
    for (const done of finish.splice(0)) done();
    const parts = [await flushed];
    const rest = writer!.finish();
    for (const done of finish.splice(0)) done();
    parts.push(await rest);
    for (const key of ["a", "b"]) plain!.append(Buffer.from(key), Buffer.from(key === "a" ? "v" : "w"));
    expect(Buffer.concat(parts).equals(await plain!.finish())).toBe(true);
  });

  test("append copies", async () => {
    const key = Buffer.from("key");
    const writer = plainWriter();
    writer.append(key, key);
    key.fill(0);
    const [record] = (await readAll(await writer.finish())).records;
    expect(record?.key.toString()).toBe("key");
    expect(record?.value.toString()).toBe("key");
  });
});

describe("sync markers", () => {
  test("a batch always has the same, another batch another", async () => {
    const id = "01J9ZQ6W3V8K4M2N5P7R9T1XYZ-00000001";
    expect(syncMarkerOf(id).toString("hex")).toBe("86e0e70d369a6ca2dd559540fc17e08c");
    expect(syncMarkerOf(id)).toHaveLength(16);
    expect(syncMarkerOf(`${id}2`).equals(syncMarkerOf(id))).toBe(false);
    const writer = plainWriter({ syncMarker: syncMarkerOf(id) });
    const { header } = await openSequenceFile(await writer.finish());
    expect(header.syncMarker?.equals(syncMarkerOf(id))).toBe(true);
  });
});

describe("misuse", () => {
  test("compression and codec have to fit, a marker has 16 bytes", () => {
    expect(() => plainWriter({ codec: gzipCodec() })).toThrow(TypeError);
    expect(() => plainWriter({ compression: "block" })).toThrow(TypeError);
    expect(() => plainWriter({ syncMarker: Buffer.alloc(15) })).toThrow(TypeError);
  });

  test("nothing can be added to a finished file", async () => {
    const writer = plainWriter();
    await writer.finish();
    expect(() => writer.append(Buffer.alloc(0), Buffer.alloc(0))).toThrow("finished");
    await expect(writer.finish()).rejects.toThrow("finished");
    await expect(writer.flush()).rejects.toThrow("finished");
  });

  test("a file whose codec failed cannot be finished", async () => {
    const compress = (): never => {
      throw new Error("no memory");
    };
    const compressAsync = (): Promise<Buffer> => Promise.reject(new Error("no memory"));
    for (const codec of [
      { ...bareCodec, compress },
      { ...bareCodec, compressAsync },
    ]) {
      const writer = blockWriter({ codec, blockBytes: 1 });
      writer.append(Buffer.from("a"), Buffer.from("b"));
      await expect(writer.flush()).rejects.toThrow("no memory");
      await expect(writer.finish()).rejects.toThrow("failed");
      expect(() => writer.append(Buffer.alloc(0), Buffer.alloc(0))).toThrow("failed");
    }
  });
});

describe("values with their types", () => {
  const event = {
    timestamp: 1_700_000_000_000,
    ip: "192.0.2.1",
    host: "bücher.example",
    requestPath: "/p.gif",
    queryString: null,
    referer: null,
    userAgent: "x".repeat(300),
    cookies: null,
  };
  const events = Array.from({ length: 60 }, (_, index) => ({ ...event, timestamp: event.timestamp + index }));

  function writerOf(compression: "none" | "record" | "block"): SequenceFileWriter {
    return new SequenceFileWriter({
      keyClass: accessLogEvent.className,
      valueClass: "org.apache.hadoop.io.VLongWritable",
      compression,
      ...(compression !== "none" && { codec: gzipCodec() }),
      syncMarker: Buffer.alloc(16, 0x5a),
      blockBytes: 5000,
    });
  }

  test.each(["none", "record", "block"] as const)("%s: are the same file as their bytes", async (kind) => {
    const bytes = writerOf(kind);
    const values = writerOf(kind);
    for (const next of events) {
      const isDue = bytes.append(accessLogEvent.encode(next), Buffer.from([1]));
      expect(values.append(instanceOf(accessLogEvent.type, next), instanceOf(vlong, 1))).toBe(isDue);
    }
    expect(values.recordCount).toBe(events.length);
    expect((await values.finish()).equals(await bytes.finish())).toBe(true);
  });

  test.each(["none", "record", "block"] as const)("%s: one that is none is not added", async (kind) => {
    const bytes = writerOf(kind);
    const values = writerOf(kind);
    const wrong = { ...event, cookies: 7 as unknown as string };
    for (const next of events) {
      bytes.append(accessLogEvent.encode(next), Buffer.from([1]));
      expect(() => values.append(instanceOf(accessLogEvent.type, wrong), Buffer.from([1]))).toThrow(
        TypeError,
      );
      const key = accessLogEvent.encode(next);
      expect(() => values.append(key, instanceOf(vlong, 0.5))).toThrow(RangeError);
      values.append(instanceOf(accessLogEvent.type, next), Buffer.from([1]));
    }
    expect(values.recordCount).toBe(events.length);
    expect((await values.finish()).equals(await bytes.finish())).toBe(true);
  });
});

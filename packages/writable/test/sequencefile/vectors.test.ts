import { deflate, gzip } from "pako";
import { describe, expect, test } from "vitest";
import {
  hadoopCodecs,
  openSequenceFile,
  SequenceFileWriter,
  WritableError,
  writableErrors,
  type Codec,
} from "../../src/index.ts";
import { chunked, fixture, fixtureLines, readAll, recordsDigest } from "../fixtures.ts";

interface ManifestEntry {
  file: string;
  version: number;
  keyClass: string;
  valueClass: string;
  compression: string;
  codec: string | null;
  metadata: [string, string][];
  records: number;
  rawSha256: string;
  head: [key: string, keyBytes: number, value: string, valueBytes: number][];
}

const manifest = JSON.parse(fixture("hadoop/manifest.json").toString("utf8")) as ManifestEntry[];

const codecs = ["bzip2", "gzip", "snappy", "zlib", "zstd"];
const colinmarc = [
  "uncompressed",
  "uncompressed_written",
  ...codecs.flatMap((codec) => [`block_compressed_${codec}`, `record_compressed_${codec}`]),
].map((name) => `colinmarc/${name}.sequencefile`);
const xorlev = [
  "none",
  "bzip2_record",
  ...["deflate", "gzip", "snappy"].flatMap((codec) => [`${codec}_block`, `${codec}_record`]),
].map((name) => `xorlev/abc_long_text_${name}.seq`);

/** Codecs with the bytes of classic zlib, which are those of Hadoop's native ones. */
const classicCodecs: readonly Codec[] = hadoopCodecs.map((codec) => {
  const options = { level: 6, legacyHash: true } as const;
  const name = codec.className.split(".").pop();
  if (name === "GzipCodec") {
    return {
      className: codec.className,
      decompress: codec.decompress,
      compress: (bytes) => Buffer.from(gzip(bytes, options)),
    };
  }
  if (name !== "DefaultCodec" && name !== "DeflateCodec") return codec;
  return {
    className: codec.className,
    decompress: codec.decompress,
    compress: (bytes) => Buffer.from(deflate(bytes, options)),
  };
});

/** The file written again: the same header and records, with blocks where its own are. */
async function writtenAgain(bytes: Buffer): Promise<Buffer> {
  const file = await openSequenceFile(bytes);
  const { header } = file;
  const codec = classicCodecs.find(({ className }) => className === header.codecClass);
  const writer = new SequenceFileWriter({
    ...header,
    syncMarker: header.syncMarker!,
    // In the reverse order, so that sorting shows.
    metadata: new Map([...header.metadata].toReversed()),
    ...(codec && { codec }),
    blockBytes: 1_000_000,
  });
  for await (const batch of file.batches()) {
    for (const { key, value } of batch) writer.append(key, value);
    if (header.compression === "block") writer.sync();
  }
  return writer.finish();
}

describe("files of Hadoop's own writer", () => {
  test.each(manifest)("$file reads as the manifest says", async (entry) => {
    const bytes = fixture(`hadoop/${entry.file}`);
    const { header } = await openSequenceFile(bytes);
    expect(header.version).toBe(entry.version);
    expect(header.keyClass).toBe(entry.keyClass);
    expect(header.valueClass).toBe(entry.valueClass);
    expect(header.compression).toBe(entry.compression.toLowerCase());
    expect(header.codecClass).toBe(entry.codec ?? undefined);
    expect([...header.metadata]).toEqual(entry.metadata);
    const { records, error } = await readAll(bytes);
    expect(error).toBeUndefined();
    expect(records).toHaveLength(entry.records);
    expect(recordsDigest(records)).toBe(entry.rawSha256);
    const head = records.slice(0, entry.head.length).map(({ key, value }) => [key, value] as const);
    expect(head.map(([key, value]) => [hex(key), key.length, hex(value), value.length])).toEqual(entry.head);
  });

  const identical = manifest.filter(
    ({ codec }) => codec === null || /(Default|Deflate|Gzip)Codec$/.test(codec),
  );
  const foreign = [...colinmarc, ...xorlev].filter((file) => !/bzip2|snappy|zstd/.test(file));
  test.each([...identical.map(({ file }) => `hadoop/${file}`), ...foreign])(
    "%s: writing its records again gives its bytes",
    async (file) => {
      const bytes = fixture(file);
      expect((await writtenAgain(bytes)).equals(bytes)).toBe(true);
    },
  );

  test.each(["block_gzip", "block_deflate"])(
    "%s: blocks of 2000 bytes are where Hadoop's are",
    async (name) => {
      const bytes = fixture(`hadoop/${name}_long_text.seq`);
      const { header } = await openSequenceFile(bytes);
      const codec = classicCodecs.find(({ className }) => className === header.codecClass)!;
      const syncMarker = header.syncMarker!;
      const writer = new SequenceFileWriter({ ...header, syncMarker, codec, blockBytes: 2000 });
      for (const { key, value } of (await readAll(bytes)).records) writer.append(key, value);
      expect((await writer.finish()).equals(bytes)).toBe(true);
    },
  );

  test.each(manifest.filter(({ codec }) => /(BZip2|Snappy|Lz4)Codec$/.test(codec ?? "")))(
    "$file: writing its records again gives its header and its records",
    async ({ file, rawSha256 }) => {
      const bytes = fixture(`hadoop/${file}`);
      const again = await writtenAgain(bytes);
      const headerBytes = bytes.indexOf((await openSequenceFile(bytes)).header.syncMarker!) + 16;
      expect(again.subarray(0, headerBytes).equals(bytes.subarray(0, headerBytes))).toBe(true);
      expect(recordsDigest((await readAll(again)).records)).toBe(rawSha256);
    },
  );
});

describe("files of other writers", () => {
  test("colinmarc: every codec holds the same two records", async () => {
    const digests = new Set<string>();
    for (const file of colinmarc) {
      const { records, error } = await readAll(fixture(file));
      expect([file, error, records.length]).toEqual([file, undefined, 2]);
      digests.add(recordsDigest(records));
    }
    expect(digests.size).toBe(1);
  });

  test("xorlev: every codec holds the numbers 0 to 25 and the letters A to Z", async () => {
    for (const file of xorlev) {
      const { records, error } = await readAll(fixture(file));
      expect([file, error]).toEqual([file, undefined]);
      const letters = records.map(({ value }) => value.subarray(2).toString());
      expect(letters.join("")).toBe("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
      expect(records.every(({ key }, index) => key.readBigInt64BE() === BigInt(index))).toBe(true);
    }
  });

  test("Sewer 0.5: header and records as Hadoop's reader gives them", async () => {
    const [expected] = fixtureLines<Record<string, unknown>>("original/fields.records.jsonl");
    const { header } = await openSequenceFile(fixture("original/fields.seq"));
    expect({
      key: header.keyClass,
      value: header.valueClass,
      compression: header.compression.toUpperCase(),
      codec: header.codecClass,
      metadata: Object.fromEntries(header.metadata),
    }).toEqual(expected);
    const { records, error } = await readAll(fixture("original/fields.seq"));
    expect(error).toBeUndefined();
    expect(records).toHaveLength(fixtureLines("original/fields.records.jsonl").length - 1);
    expect(records.every(({ value }) => hex(value) === "01")).toBe(true);
  });
});

describe("truncation", () => {
  type Cut = [first: number, last: number, outcome: string];
  const truncation = JSON.parse(fixture("hadoop/truncation.json").toString("utf8")) as Record<string, Cut[]>;

  test.each(Object.entries(truncation))("%s, cut at every length, as Hadoop has it", async (file, cuts) => {
    const bytes = fixture(`hadoop/${file}`);
    const expected: string[] = [];
    const found: string[] = [];
    for (const [first, last, outcome] of cuts) {
      for (let length = first; length <= last; length++) {
        expected.push(`${length}: ${outcome.replace("open:", "")}`);
        const { records, error } = await readAll(bytes.subarray(0, length), { truncation: "hadoop" });
        const isCut = error instanceof WritableError && error.code === writableErrors.fileTruncated;
        found.push(
          `${length}: ${records.length}|${isCut ? "EOFException" : error === undefined ? "end" : "error"}`,
        );
      }
    }
    expect(expected).toHaveLength(bytes.length + 1);
    expect(found).toEqual(expected);
  });

  // A cut block is a clean end for Hadoop; here it is an error as any other cut.
  test.each(Object.entries(truncation))("%s, cut at every length, strictly", async (file, cuts) => {
    const bytes = fixture(`hadoop/${file}`);
    const isBlock = file.startsWith("block");
    const expected: string[] = [];
    const found: string[] = [];
    for (const [first, last, outcome] of cuts) {
      const [count, end] = outcome.split("|");
      for (let length = first; length <= last; length++) {
        const isWhole = end === "end" && (!isBlock || length === first);
        expected.push(`${length}: ${count} ${isWhole ? "end" : writableErrors.fileTruncated}`);
        const { records, error } = await readAll(bytes.subarray(0, length));
        found.push(`${length}: ${records.length} ${error instanceof WritableError ? error.code : "end"}`);
      }
    }
    expect(expected).toHaveLength(bytes.length + 1);
    expect(found).toEqual(expected);
  });

  test.each([...manifest.map(({ file }) => `hadoop/${file}`), ...colinmarc, ...xorlev])(
    "%s, in chunks of any size",
    async (file) => {
      const bytes = fixture(file);
      const expected = recordsDigest((await readAll(bytes)).records);
      for (const size of [1, 2, 3, 7, 19, 64, 1000]) {
        const cuts = Array.from(
          { length: Math.ceil(bytes.length / size) - 1 },
          (_, index) => (index + 1) * size,
        );
        const { records, error } = await readAll(chunked(bytes, cuts));
        expect(error).toBeUndefined();
        expect(recordsDigest(records), `chunks of ${size}`).toBe(expected);
      }
    },
  );
});

describe("sync", () => {
  type Sync = [first: number, last: number, position: string];
  const sync = JSON.parse(fixture("hadoop/sync.json").toString("utf8")) as Record<string, Sync[]>;

  test.each(Object.entries(sync))(
    "%s: from every position to where Hadoop's reader goes",
    async (file, ranges) => {
      const bytes = fixture(`hadoop/${file}`);
      const reader = await openSequenceFile(bytes);
      for (const [first, last, expected] of ranges) {
        for (let position = first; position <= last; position++) {
          expect([position, await reader.sync(position)]).toEqual([position, Number(expected)]);
        }
      }
    },
  );
});

function hex(bytes: Buffer): string {
  return bytes.subarray(0, 64).toString("hex");
}

import { describe, expect, test } from "vitest";
import {
  gzipCodec,
  openSequenceFile,
  SequenceFileWriter,
  WritableError,
  writableErrors,
} from "../../src/index.ts";
import { chunked, fixture, readAll, recordsDigest, testCodecs } from "../fixtures.ts";

interface ManifestEntry {
  file: string;
  size: number;
  keyClass: string;
  valueClass: string;
  compression: string;
  codec: string | null;
  metadata: [string, string][];
  records: number;
  rawSha256: string;
}

const manifest = JSON.parse(fixture("hadoop/manifest.json").toString("utf8")) as ManifestEntry[];
const readable = [
  "none_long_text.seq",
  "none_empty.seq",
  "none_metadata.seq",
  "block_gzip_long_text.seq",
  "block_deflate_long_text.seq",
  "block_empty.seq",
  "block_explicit_sync.seq",
].map((file) => {
  const entry = manifest.find((candidate) => candidate.file === file);
  if (entry === undefined) throw new Error(`${file} is not in the manifest`);
  return entry;
});

const foreign: [string, number][] = [
  ["colinmarc/uncompressed.sequencefile", 2],
  ["colinmarc/uncompressed_written.sequencefile", 2],
  ["colinmarc/block_compressed_gzip.sequencefile", 2],
  ["xorlev/abc_long_text_none.seq", 26],
  ["xorlev/abc_long_text_gzip_block.seq", 26],
];

describe("files of Hadoop's own writer", () => {
  test.each(readable)("$file reads as the manifest says", async (entry) => {
    const bytes = fixture(`hadoop/${entry.file}`);
    const { header } = await openSequenceFile(bytes, { codecs: testCodecs });
    expect(header.keyClass).toBe(entry.keyClass);
    expect(header.valueClass).toBe(entry.valueClass);
    expect(header.compression).toBe(entry.compression.toLowerCase());
    expect(header.codecClass).toBe(entry.codec ?? undefined);
    expect([...header.metadata]).toEqual(entry.metadata);
    const { records, error } = await readAll(bytes);
    expect(error).toBeUndefined();
    expect(records).toHaveLength(entry.records);
    expect(recordsDigest(records)).toBe(entry.rawSha256);
  });

  const plain = readable
    .filter((entry) => entry.compression === "NONE")
    .map((entry) => `hadoop/${entry.file}`);
  const plainForeign = foreign.map(([file]) => file).filter((file) => /uncompressed|none/.test(file));
  test.each([...plain, ...plainForeign])("%s: writing its records again gives its bytes", async (file) => {
    const bytes = fixture(file);
    const { header } = await openSequenceFile(bytes);
    const { keyClass, valueClass, metadata, syncMarker } = header;
    // Metadata in the reverse order, so that sorting shows.
    const reversed = new Map([...metadata].toReversed());
    const options = { keyClass, valueClass, metadata: reversed, syncMarker };
    const writer = new SequenceFileWriter({ ...options, compression: "none" });
    for (const { key, value } of (await readAll(bytes)).records) writer.append(key, value);
    expect((await writer.finish()).equals(bytes)).toBe(true);
  });

  test("block_gzip_long_text.seq: writing its records again gives the same blocks", async () => {
    const bytes = fixture("hadoop/block_gzip_long_text.seq");
    const { header } = await openSequenceFile(bytes);
    const { keyClass, valueClass, syncMarker } = header;
    const writer = new SequenceFileWriter({
      keyClass,
      valueClass,
      syncMarker,
      blockBytes: 2000,
      compression: "block",
      codec: gzipCodec(),
    });
    const { records } = await readAll(bytes);
    for (const { key, value } of records) writer.append(key, value);
    const again = await writer.finish();
    expect(recordsDigest((await readAll(again)).records)).toBe(recordsDigest(records));
    expect(recordCounts(again, syncMarker)).toEqual(recordCounts(bytes, syncMarker));
    const headerBytes = bytes.indexOf(syncMarker) + 16;
    expect(again.subarray(0, headerBytes).equals(bytes.subarray(0, headerBytes))).toBe(true);
  });
});

describe("files of other writers", () => {
  test.each(foreign)("%s", async (file, count) => {
    const { records, error } = await readAll(fixture(file));
    expect(error).toBeUndefined();
    expect(records).toHaveLength(count);
  });
});

describe("truncation", () => {
  type Cut = [first: number, last: number, outcome: string];
  const truncation = JSON.parse(fixture("hadoop/truncation.json").toString("utf8")) as Record<string, Cut[]>;

  // Hadoop reports a cut block as a clean end; here it is an error as any other cut.
  test.each(Object.entries(truncation))("%s, cut at every length", async (file, cuts) => {
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

  test.each([...readable.map(({ file }) => `hadoop/${file}`), ...foreign.map(([file]) => file)])(
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

/** The record count of each block: one VInt behind each sync but the header's own. */
function recordCounts(bytes: Buffer, syncMarker: Buffer): number[] {
  const counts = [];
  for (let at = bytes.indexOf(syncMarker) + 16; at >= 16; at = bytes.indexOf(syncMarker, at) + 16) {
    const isBlock = bytes.readInt32BE(at - 20) === -1;
    if (isBlock) counts.push(bytes[at] ?? -1);
  }
  return counts;
}

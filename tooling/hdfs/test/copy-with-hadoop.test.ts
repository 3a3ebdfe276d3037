import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  bzip2Codec,
  deflateCodec,
  gzipCodec,
  javaSource,
  lz4Codec,
  openSequenceFile,
  SequenceFileWriter,
  snappyCodec,
  syncMarkerOf,
  type Codec,
  type SequenceFileCompression,
} from "@sewer/writable";
import { describe, expect, test } from "vitest";
import { copyWithHadoop, fetchJar } from "../src/index.ts";
import { describeHdfs } from "../src/vitest.ts";
import { generated, handWritten, sampleRecords, type SampleRecords } from "./every-writable.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const seed = 20_261_127;
const recordCount = 60;

const codecs: readonly Codec[] = [deflateCodec(), gzipCodec(), bzip2Codec(), snappyCodec(), lz4Codec()];

interface Kind {
  readonly compression: SequenceFileCompression;
  readonly codec?: Codec;
}

const kinds: readonly Kind[] = [
  { compression: "none" },
  ...codecs.flatMap((codec): Kind[] => [
    { compression: "record", codec },
    { compression: "block", codec },
  ]),
];

async function fileOf({ schema, records }: SampleRecords, kind: Kind): Promise<Buffer> {
  const writer = new SequenceFileWriter({
    keyClass: schema.className,
    valueClass: "org.apache.hadoop.io.BytesWritable",
    syncMarker: syncMarkerOf(schema.name),
    // Several blocks in a file.
    blockBytes: 10_000,
    ...kind,
  });
  for (const record of records) {
    const value = Buffer.alloc(4 + (record.length % 50), 7);
    value.writeInt32BE(value.length - 4);
    writer.append(record, value);
  }
  return writer.finish();
}

interface FileRecords {
  readonly codecClass: string | undefined;
  readonly compression: SequenceFileCompression;
  readonly keys: Buffer[];
  readonly values: string[];
}

async function recordsOf(path: string): Promise<FileRecords> {
  const file = await openSequenceFile(readFileSync(path));
  const keys: Buffer[] = [];
  const values: string[] = [];
  for await (const { key, value } of file) {
    keys.push(key);
    values.push(value.toString("hex"));
  }
  const { codecClass, compression } = file.header;
  return { codecClass, compression, keys, values };
}

describeHdfs("Hadoop's reader and writer", () => {
  describe(`seed ${seed}`, () => {
    test("read what we write and write what we read: every schema, compression and codec", async () => {
      const folder = temporaryFolder();
      for (const name of ["ours", "java"]) mkdirSync(join(folder, name));
      const jobs = sampleRecords(seed, recordCount).flatMap((sample) =>
        kinds.map((kind, index) => {
          const name = `${sample.schema.name}-${index}.seq`;
          return { sample, kind, from: join(folder, "ours", name), to: join(folder, "java", name) };
        }),
      );
      for (const { sample, kind, from } of jobs) writeFileSync(from, await fileOf(sample, kind));
      const counts = await copyWithHadoop({
        classSources: [
          ...handWritten,
          ...generated.map((schema) => ({ className: schema.className, source: javaSource(schema) })),
        ],
        jars: [await fetchJar("org.lz4:lz4-java:1.8.0")],
        files: jobs,
      });
      expect(counts).toEqual(jobs.map(() => recordCount));
      for (const { sample, kind, from, to } of jobs) {
        const [ours, java] = [await recordsOf(from), await recordsOf(to)];
        expect(java.compression).toBe(kind.compression);
        expect(java.codecClass).toBe(kind.codec?.className);
        expect(java.values).toEqual(ours.values);
        const shown = (key: Buffer): unknown =>
          sample.isSameInJava ? key.toString("hex") : sample.schema.decode(key);
        expect(java.keys.map(shown), to).toEqual(ours.keys.map(shown));
      }
      expect(jobs).toHaveLength(5 * 11);
    });
  });
});

import { createHash } from "node:crypto";
import type { RecordSchema } from "@sewer/core";
import { schemaOf, sortHashOfRecord } from "@sewer/writable";
import type { ResolvedFormatOptions } from "../options.ts";
import { CompressedFileError, decompressFile } from "./decompress-stream.ts";
import { extensionOf, type FileFormat, type RecordDigest } from "./format.ts";
import { GzipStream } from "./gzip-stream.ts";
import type { PieceCompressor } from "./piece-compressor.ts";
import { eachRecord } from "./records.ts";
import { ZstdStream } from "./zstd-stream.ts";

/** Lines collect until they have this many characters. */
const flushLength = 262_144;
/** More for zstd, whose frames know nothing of each other. */
const zstdFlushLength = 1_048_576;
const defaultLevels = { gzip: 1, zstd: 3 } as const;

/**
 * One JSON object a line (docs/formats/json-lines.md), any schema; gzip and zstd compress the whole file. `encode`
 * compresses on the calling thread.
 */
export function jsonLines(
  options: ResolvedFormatOptions & { type: "json" },
  schema: RecordSchema,
): FileFormat {
  const writable = schemaOf(schema);
  const fieldsOf: (record: Buffer) => Readonly<Record<string, unknown>> =
    options.schema === "sewer-0.5"
      ? (record) => ({ ...writable.decodeRecord(record), sortHash: sortHashOfRecord(record) })
      : (record) => writable.decodeRecord(record);
  const { compression, level } = options;
  const lengthMin = compression === "zstd" ? zstdFlushLength : flushLength;
  return {
    extension: extensionOf(options),
    async *encode(batch, tally, signal) {
      const compressor = compressorOf(compression, level);
      let lines = "";
      const append = (record: Buffer): boolean => {
        lines += jsonLine(fieldsOf(record));
        return lines.length >= lengthMin;
      };
      const take = (): Buffer => {
        const taken = Buffer.from(lines, "utf8");
        lines = "";
        return taken;
      };
      for await (const _ of eachRecord(batch, tally, signal, append)) {
        yield compressor?.write(take()) ?? take();
      }
      yield compressor?.end(take()) ?? take();
    },
    digest: (chunks) => digestLines(compression === "none" ? chunks : decompressFile(chunks, compression)),
  };
}

function compressorOf(
  compression: "none" | "gzip" | "zstd",
  level: number | undefined,
): PieceCompressor | undefined {
  if (compression === "none") return undefined;
  return new (compression === "gzip" ? GzipStream : ZstdStream)(level ?? defaultLevels[compression]);
}

/**
 * A record as JSON with its line end. Beyond what JSON asks for, DEL and the C1 control characters are
 * escaped, and U+2028 and U+2029, at which some readers break lines.
 */
export function jsonLine(record: Readonly<Record<string, unknown>>): string {
  const json = JSON.stringify(record, replaceValue);
  return `${json.replace(/[\u007f-\u009f\u2028\u2029]/g, escapeCharacter)}\n`;
}

function replaceValue(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
  // Buffer has a toJSON, so what stands in the object itself is looked at.
  const original = this[key];
  if (original instanceof Uint8Array) return Buffer.from(original).toString("base64");
  return typeof value === "bigint" ? value.toString() : value;
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

async function digestLines(chunks: AsyncIterable<Buffer>): Promise<RecordDigest | undefined> {
  const hash = createHash("sha256");
  let records = 0;
  try {
    for await (const chunk of chunks) {
      hash.update(chunk);
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) records++;
    }
    return { records, sha256: hash.digest("hex") };
  } catch (error) {
    if (error instanceof CompressedFileError) return undefined;
    throw error;
  }
}

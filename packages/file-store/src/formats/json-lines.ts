import { createHash } from "node:crypto";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import type { RecordSchema } from "@sewer/core";
import { schemaOf } from "@sewer/writable";
import type { ResolvedFormatOptions } from "../options.ts";
import { extensionOf, type FileFormat, type RecordDigest } from "./format.ts";
import { GzipStream } from "./gzip-stream.ts";
import { eachRecord } from "./records.ts";

/** Lines collect until they have this many characters. */
const flushLength = 262_144;

/**
 * One JSON object a line (docs/formats/json-lines.md), any schema; gzip compresses the whole file. `encode`
 * compresses on the calling thread.
 */
export function jsonLines(
  options: ResolvedFormatOptions & { type: "json" },
  schema: RecordSchema,
): FileFormat {
  const writable = schemaOf(schema);
  const isGzip = options.compression === "gzip";
  return {
    extension: extensionOf(options),
    async *encode(batch, tally, signal) {
      const gzip = isGzip ? new GzipStream(options.level ?? 1) : undefined;
      let lines = "";
      const append = (record: Buffer): boolean => {
        lines += jsonLine(writable.decodeRecord(record));
        return lines.length >= flushLength;
      };
      const take = (): Buffer => {
        const taken = Buffer.from(lines, "utf8");
        lines = "";
        return taken;
      };
      for await (const _ of eachRecord(batch, tally, signal, append)) {
        yield gzip === undefined ? take() : gzip.write(take());
      }
      yield gzip === undefined ? take() : gzip.end(take());
    },
    digest: (chunks) => digestLines(isGzip ? gunzip(chunks) : chunks),
  };
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

async function* gunzip(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  const transform = createGunzip({ chunkSize: flushLength });
  const feeding = pipeline(source, transform);
  // Its failure also destroys the transform, so the loop below throws it.
  feeding.catch(() => {});
  for await (const chunk of transform) yield chunk as Buffer;
  await feeding;
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
    if (isZlibError(error)) return undefined;
    throw error;
  }
}

/** zlib's own words for bytes that are no gzip, or cut: Z_DATA_ERROR, Z_BUF_ERROR. */
function isZlibError(error: unknown): boolean {
  return error instanceof Error && "code" in error && String(error.code).startsWith("Z_");
}

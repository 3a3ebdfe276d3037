import { SewerError } from "@sewer/core";
import { pixelErrors } from "../errors.ts";
import { escapeControls } from "./escape-controls.ts";
import { decompressed } from "./decompressed.ts";
import { jsonLines } from "./json-lines.ts";
import { readLocalFile } from "./local-file.ts";
import { peek } from "./peek.ts";
import { segmentLines } from "./segment-lines.ts";
import { sequenceFileLines } from "./sequence-file-lines.ts";
import { isWebHdfsUrl, readWebHdfsFile } from "./webhdfs-file.ts";

const segmentMagic = Buffer.from("SWSPOOL1");
const sequenceFileMagic = Buffer.from("SEQ");
const gzipMagic = Buffer.from([0x1f, 0x8b]);
/** RFC 8878 section 3.1.1. */
const zstdMagic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/** How {@link fileLines} reads. */
export interface FileLinesOptions {
  /** Serialized bytes as hex. */
  readonly isRaw: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * One JSON object for each record of a file, without a control character. What kind of file it is, its first bytes tell.
 *
 * @param name a local path, or `webhdfs://[user@]host:port/path`.
 * @throws SewerError after everything readable was given.
 */
export async function* fileLines(
  name: string,
  options: FileLinesOptions,
): AsyncGenerator<string, void, undefined> {
  for await (const line of linesOf(name, options)) yield escapeControls(line);
}

async function* linesOf(name: string, options: FileLinesOptions): AsyncGenerator<string, void, undefined> {
  const isRemote = isWebHdfsUrl(name);
  const file = await peek(
    isRemote ? readWebHdfsFile(name, options) : readLocalFile(name),
    segmentMagic.length,
  );
  try {
    if (startsWith(file.head, sequenceFileMagic)) {
      yield* sequenceFileLines(file.chunks, options.isRaw);
    } else if (startsWith(file.head, segmentMagic) || /\.(?:open|seal)$/.test(name)) {
      if (isRemote) throw unreadable("a spool segment is read from a local disk only: copy it first");
      yield* segmentLines(name, options.isRaw);
    } else if (options.isRaw) {
      throw unreadable("--raw needs a SequenceFile or a spool segment");
    } else if (startsWith(file.head, gzipMagic)) {
      yield* jsonLines(decompressed(file.chunks, "gzip"));
    } else if (startsWith(file.head, zstdMagic)) {
      yield* jsonLines(decompressed(file.chunks, "zstd"));
    } else if (file.head.length === 0 || /^\s*\{/.test(file.head.toString("latin1"))) {
      yield* jsonLines(file.chunks);
    } else {
      throw unreadable(
        "it is no SequenceFile, no spool segment and no JSON, plain or compressed with gzip or zstd",
      );
    }
  } finally {
    await file.close();
  }
}

function startsWith(bytes: Buffer, magic: Buffer): boolean {
  return bytes.subarray(0, magic.length).equals(magic);
}

function unreadable(reason: string): SewerError {
  return new SewerError(pixelErrors.catFormat, reason, { retry: "permanent" });
}

import type { Batch, Frame } from "@sewer/core";
import type { ResolvedFormatOptions } from "../options.ts";

/** What was encoded so far. */
export interface RecordTally {
  records: number;
}

/** What a file holds: how many records, and SHA-256 over them (as they are in the file, decompressed). */
export interface RecordDigest {
  readonly records: number;
  readonly sha256: string;
}

/** What an encoding needs of a batch: a {@link Batch} is one. */
export interface EncodableBatch extends Pick<Batch, "id" | "readableCount"> {
  frames(signal: AbortSignal): AsyncIterable<Pick<Frame, "payload">>;
}

/** How the records of a batch become the bytes of a file, and back. */
export interface FileFormat {
  /** With its dot: `.seq`. */
  readonly extension: string;
  /**
   * The file's bytes, in pieces of any size. The same batch gives the same bytes. Counts into `tally` as
   * it goes.
   */
  encode(batch: EncodableBatch, tally: RecordTally, signal: AbortSignal): AsyncIterable<Buffer>;
  /** Reads a file of this format. @returns undefined when it is none, or damaged. */
  digest(chunks: AsyncIterable<Buffer>): Promise<RecordDigest | undefined>;
}

/** `.seq`, `.jsonl`, `.jsonl.gz` or `.jsonl.zst`. */
export function extensionOf(options: ResolvedFormatOptions): string {
  if (options.type === "sequencefile") return ".seq";
  const compressed = { none: "", gzip: ".gz", zstd: ".zst" };
  return `.jsonl${compressed[options.compression]}`;
}

import type { Frame } from "@sewer/core";
import type { SealReason } from "./writer.ts";

/** What the seal frame of a segment says. */
export interface SegmentSeal {
  readonly reason: SealReason;
  /** Records and payload bytes as the writer counted them. */
  readonly recordCount: number;
  readonly payloadBytes: number;
  /** Epoch milliseconds of the first and the last record. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/** A stretch of a segment that cannot be read. */
export interface SegmentDamage {
  /** Byte at which it begins, and its length. */
  readonly position: number;
  readonly length: number;
  readonly what: string;
}

/** One readable frame of a segment. */
export interface SegmentFrame extends Frame {
  /** Byte of the file at which the frame begins. */
  readonly position: number;
  /** Number of its first record in the segment; 0 for the first. */
  readonly firstIndex: number;
}

/** A segment file opened for reading only: `*.open`, `*.seal` or a copy of one. */
export interface SegmentReader {
  readonly batchId: string;
  /** Undefined when every copy is damaged. */
  readonly meta: Buffer | undefined;
  readonly createdMs: number | undefined;
  /** Undefined when there is none (yet), or when it is damaged. */
  readonly seal: SegmentSeal | undefined;
  /** Size of the file. */
  readonly bytes: number;
  /** The readable frames in order, from the beginning; a payload is valid until the next is asked for. */
  frames(signal?: AbortSignal): AsyncIterable<SegmentFrame>;
  /** What the last whole pass of {@link frames} could not read; the first 1,000 places. */
  readonly damage: readonly SegmentDamage[];
  /** Records that the last whole pass of {@link frames} missed. */
  readonly recordsDamaged: number;
  close(): Promise<void>;
}

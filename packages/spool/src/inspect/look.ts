import type { FileSystem } from "@sewer/core";
import { isMissing, messageOf } from "../file-access.ts";
import type { ReadBuffers } from "../format/read-window.ts";
import { SegmentFile } from "../format/segment-file.ts";
import type { InspectedBatch } from "../inspection.ts";

/** What a segment file tells of itself. */
export type SegmentLook = Omit<InspectedBatch, "state" | "sink" | "batchId" | "path"> & {
  readonly isNewer: boolean;
};

/** What looking into files needs. */
export interface LookOptions {
  readonly fs: FileSystem;
  readonly buffers: ReadBuffers;
  readonly signal: AbortSignal | undefined;
}

/**
 * Reads the head and the seal of a segment; without a seal, its frames are counted.
 *
 * @returns undefined when there is no such file (any more).
 */
export async function lookInto(path: string, options: LookOptions): Promise<SegmentLook | undefined> {
  options.signal?.throwIfAborted();
  try {
    const file = await SegmentFile.open(path, options.fs, options.buffers);
    try {
      return await tell(file, options.signal);
    } finally {
      await file.close();
    }
  } catch (error) {
    options.signal?.throwIfAborted();
    if (isMissing(error)) return undefined;
    return { ...nothing, reason: `it cannot be read: ${messageOf(error)}` };
  }
}

const nothing: SegmentLook = {
  isNewer: false,
  meta: undefined,
  records: 0,
  bytes: 0,
  firstMs: undefined,
  lastMs: undefined,
  reason: undefined,
};

async function tell(file: SegmentFile, signal: AbortSignal | undefined): Promise<SegmentLook> {
  const { bytes, head } = file;
  if (head.newerVersion !== undefined) {
    const reason = `it was written by a newer version (${head.newerVersion}); start that one to deliver it`;
    return { ...nothing, isNewer: true, bytes, reason };
  }
  if (file.seal === undefined) await file.verify(signal);
  const firstMs = file.createdMs;
  const lastMs =
    file.seal?.lastMs ?? (firstMs === undefined ? undefined : firstMs + (file.tally?.ageMs ?? 0));
  const isUnreadable = bytes > 0 && file.meta === undefined;
  const reason = isUnreadable ? "no copy of its meta can be read" : undefined;
  return { isNewer: false, meta: file.meta, records: file.recordCount, bytes, firstMs, lastMs, reason };
}

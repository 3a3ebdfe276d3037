import type { SegmentFile } from "../format/segment-file.ts";

/** What a batch is known by while it waits. */
export interface BatchHead {
  readonly id: string;
  readonly meta: Buffer;
  readonly recordCount: number;
  readonly bytes: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/**
 * The head of a sealed segment; without a readable seal its frames are counted.
 *
 * @returns why the segment cannot be a batch, when it cannot.
 */
export async function headOf(file: SegmentFile): Promise<BatchHead | string> {
  if (file.seal === undefined) await file.verify();
  if (file.meta === undefined) return "no copy of its meta can be read";
  if (file.recordCount === 0) return "no frame of it can be read";
  const firstMs = file.createdMs ?? 0;
  return {
    id: file.batchId,
    meta: file.meta,
    recordCount: file.recordCount,
    bytes: file.bytes,
    firstMs,
    lastMs: file.seal?.lastMs ?? firstMs + (file.tally?.ageMs ?? 0),
  };
}

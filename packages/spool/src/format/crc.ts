import { crc32 } from "node:zlib";

/**
 * Where every CRC of a segment starts: the CRC-32 of its batch id. So the stale blocks, swapped files and
 * foreign files that a crash can leave under a name never verify, and no header is needed to check a frame.
 */
export function saltOf(batchId: string): number {
  return crc32(batchId);
}

/** Where the CRCs of what belongs to one sink alone start: its name goes on from the batch's salt. */
export function saltOfSink(sink: string, batchId: string): number {
  return crc(Buffer.from(sink), saltOf(batchId));
}

/** CRC-32 (IEEE) of `bytes`, going on from `start`. */
export function crc(bytes: Uint8Array, start: number): number {
  return crc32(bytes, start);
}

import { createHash } from "node:crypto";

/** Bytes of a sync marker. */
export const syncMarkerBytes = 16;

/**
 * The sync marker of the file that holds a batch: the first 16 bytes of the SHA-256 of the id's UTF-8. So a
 * batch encoded again gives the same file, and two batches never share a marker.
 */
export function syncMarkerOf(batchId: string): Buffer {
  return createHash("sha256").update(batchId, "utf8").digest().subarray(0, syncMarkerBytes);
}

import type { FileSystem } from "@sewer/core";
import { SegmentFile } from "./format/segment-file.ts";
import type { SegmentReader } from "./segment.ts";

/**
 * Opens a segment file to look into it: sealed, open or damaged, in a spool or copied out of one. Takes no
 * lock and changes nothing.
 *
 * @throws SewerError `SEWER_SPOOL_NOT_A_SEGMENT` when the file is something else.
 */
export function readSegment(path: string, options: { readonly fs: FileSystem }): Promise<SegmentReader> {
  return SegmentFile.open(path, options.fs);
}

// For those who run a spool.
export type { SealReason, SpoolWriter, SpoolWriterOptions, SpoolWriterStatistics } from "./writer.ts";
export type { BatchTotals, Drain, DrainOptions, DrainStatistics, SinkStatistics } from "./drain.ts";
export { spoolOptions, type ResolvedSpoolOptions, type SpoolOptions } from "./options.ts";
export { spoolErrors } from "./errors.ts";

// For those who look into one.
export type { SegmentDamage, SegmentFrame, SegmentReader, SegmentSeal } from "./segment.ts";

// For those who test against one.
export type { Lock, LockProvider } from "./lock-provider.ts";

import type { Drain, DrainOptions } from "./drain.ts";
import type { SegmentReader } from "./segment.ts";
import type { SpoolWriter, SpoolWriterOptions } from "./writer.ts";
import type { FileSystem } from "@sewer/core";

export declare function openSpool(options: SpoolWriterOptions): Promise<SpoolWriter>;
export declare function openDrain(options: DrainOptions): Promise<Drain>;
export declare function readSegment(
  path: string,
  options: { readonly fs: FileSystem },
): Promise<SegmentReader>;

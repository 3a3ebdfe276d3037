// For those who run a spool.
export { openSpool } from "./open-spool.ts";
export { openDrain } from "./open-drain.ts";
export type {
  LossWindow,
  SealReason,
  SpoolWriter,
  SpoolWriterOptions,
  SpoolWriterStatistics,
} from "./writer.ts";
export type {
  BatchTotals,
  Drain,
  DrainOptions,
  DrainStatistics,
  DropOldestOptions,
  SinkStatistics,
  UndeliveredBatch,
} from "./drain.ts";
export { spoolOptions, type ResolvedSpoolOptions, type SpoolOptions } from "./options.ts";
export { spoolErrors } from "./errors.ts";

// For those who look into one.
export { inspectSpool, type InspectOptions } from "./inspect/inspect-spool.ts";
export type {
  BatchState,
  InspectedBatch,
  SinkRoomTotals,
  SpoolInspection,
  SpoolTotals,
} from "./inspection.ts";
export { exportBatch, type ExportOptions } from "./inspect/export-batch.ts";
export { requeueBatches, type RequeuedBatch, type RequeueOptions } from "./inspect/requeue.ts";
export {
  readReceipts,
  type DeliveredReceipt,
  type InspectedReceipt,
  type ReadReceiptsOptions,
} from "./inspect/read-receipts.ts";
export { BatchSet } from "./inspect/batch-set.ts";
export { readAttempts } from "./inspect/read-attempts.ts";
export { readSegment } from "./read-segment.ts";
export type { SegmentDamage, SegmentFrame, SegmentReader, SegmentSeal } from "./segment.ts";

// For those who test against one.
export { sqliteLocks } from "./sqlite-locks.ts";
export type { Lock, LockProvider } from "./lock-provider.ts";

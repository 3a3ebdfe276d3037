// For writers of sources and sinks.
export { isSewerError, SewerError, toSewerError } from "./errors.ts";
export type { ErrorRetry, ErrorScope, SewerErrorOptions } from "./errors.ts";
export type { Channel, Reservation, ReservationRefusal } from "./channel.ts";
export { recordsOf, type Batch, type BatchJournal, type BatchOrigin } from "./batch.ts";
export type { Frame, SettleableBatch } from "./batch.ts";
export type { Receipt } from "./receipt.ts";
export type { Sink, SinkCapabilities } from "./sink.ts";
export type { Source } from "./source.ts";
export type { ComponentContext, ComponentDefinition, SinkDefinition, SourceDefinition } from "./component.ts";
export { decodeSegmentMeta, encodeSegmentMeta } from "./segment-meta.ts";
export type { RecordSchema, SchemaField, SegmentInfo, SegmentMeta } from "./segment-meta.ts";
export type { JsonObject, JsonValue } from "./json.ts";
export { parseDuration, parseSize, type IssueCollector } from "./units.ts";

// For those who run them.
export { nextLifecycleState, type LifecycleEvent, type LifecycleState } from "./lifecycle.ts";
export { sleep, systemClock, type Clock } from "./clock.ts";
export { systemRandom, type Random } from "./random.ts";
export { silentLogger, type LogFields, type Logger } from "./logger.ts";
export { noMetrics, type Metrics, type MetricSample } from "./metrics.ts";
export type { FileHandle, FileStat, FileSystem, OpenMode } from "./file-system.ts";
export type { StandardSchema, StandardSchemaIssue, StandardSchemaResult } from "./standard-schema.ts";

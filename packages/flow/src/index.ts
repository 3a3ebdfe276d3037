export { Flow } from "./flow.ts";
export type { FlowChange } from "./flow.ts";
export { IngestHalf } from "./ingest-half.ts";
export type { IngestChange } from "./ingest-half.ts";
export { DeliveryHalf } from "./delivery-half.ts";
export type { DeliveryChange } from "./delivery-half.ts";
export type { SuccessorSource } from "./successor-source.ts";
export type {
  DeliveryCloseOptions,
  DeliveryHalfOptions,
  FlowCloseOptions,
  FlowOptions,
  HalfOptions,
  IngestCloseOptions,
  IngestHalfOptions,
} from "./options.ts";
export type {
  DeliveryStatus,
  FlowStatus,
  IngestStatus,
  RetryNowOptions,
  SinkBacklog,
  SinkFailureStatus,
  SinkStatus,
  UnconfiguredSinkStatus,
  UndeliveredStatus,
  WokenSink,
} from "./status.ts";
export { flowErrors } from "./errors.ts";

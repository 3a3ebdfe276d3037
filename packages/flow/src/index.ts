export { Flow } from "./flow.ts";
export { IngestHalf } from "./ingest-half.ts";
export { DeliveryHalf } from "./delivery-half.ts";
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

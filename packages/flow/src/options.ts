import type { Clock, FileSystem, Logger, Metrics, Random, Sink, Source } from "@sewer/core";
import type { ResolvedRetryOptions } from "@sewer/retry";
import type { ResolvedSpoolOptions } from "@sewer/spool";

/** What both halves of a flow are made of. */
export interface HalfOptions {
  /** The flow's name; written into every segment, and part of how a batch finds its sink again. */
  readonly name: string;
  readonly spool: ResolvedSpoolOptions;
  /** The spool directory, absolute: `spool.dir` is not read. Made, with what is missing above it. */
  readonly spoolDir: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly fs: FileSystem;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** What an ingest half is made of. */
export interface IngestHalfOptions extends HalfOptions {
  readonly source: Source;
  /** By name, at least one. Only asked for their plans; they need not be open in this process. */
  readonly sinks: ReadonlyMap<string, Pick<Sink, "plan">>;
  /** This machine's full host name; written into every segment. */
  readonly host: string;
}

/** What a delivery half is made of. */
export interface DeliveryHalfOptions extends HalfOptions {
  readonly sinks: ReadonlyMap<string, Sink>;
  readonly retry: ResolvedRetryOptions;
}

/** What a whole flow is made of. */
export type FlowOptions = IngestHalfOptions & DeliveryHalfOptions;

/** How an ingest half is closed. */
export interface IngestCloseOptions {
  /** What the source gives work under way, in milliseconds. */
  readonly graceMs: number;
  /** Ends that grace when it aborts. */
  readonly signal?: AbortSignal;
}

/** How a delivery half is closed. */
export interface DeliveryCloseOptions {
  /** How long batches are still delivered, in milliseconds. What is left then stays on disk. */
  readonly deliverMs: number;
  /**
   * How long deliveries may take to end once they were aborted, and sinks to close, in milliseconds.
   *
   * @default 5000
   */
  readonly abortMs?: number;
  /** Ends the delivering at once when it aborts. */
  readonly signal?: AbortSignal;
}

/** How a flow is closed. */
export type FlowCloseOptions = IngestCloseOptions & DeliveryCloseOptions;

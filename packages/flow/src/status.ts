import type { JsonObject, LifecycleState } from "@sewer/core";
import type { BreakerState } from "@sewer/retry";
import type { DrainStatistics, SpoolWriterStatistics } from "@sewer/spool";

/** The newest failure of a sink. */
export interface SinkFailureStatus {
  readonly code: string;
  readonly message: string;
  /** The batch it was about; undefined when the sink could not be opened. */
  readonly batchId: string | undefined;
  /** Epoch milliseconds. */
  readonly atMs: number;
}

/** How delivery to one sink stands. Counts are of this process, since it began. */
export interface SinkStatus {
  readonly name: string;
  readonly isOpen: boolean;
  /** True from a failure of the sink to its next success. */
  readonly isFailing: boolean;
  /** `open`: it is left alone for a while; `half-open`: one attempt finds out whether it is back. */
  readonly breaker: BreakerState;
  /** Batches that wait for an attempt, those after a failure among them. */
  readonly waiting: number;
  /** Batches that wait after a failure. */
  readonly retrying: number;
  /** Deliveries under way. */
  readonly running: number;
  readonly delivered: number;
  readonly deliveredRecords: number;
  readonly quarantined: number;
  readonly lastFailure: SinkFailureStatus | undefined;
  /** Epoch milliseconds of the next attempt; undefined when none is planned or all slots are taken. */
  readonly nextAttemptMs: number | undefined;
}

/** What a `DeliveryHalf.retryNow` tries now at one sink. */
export interface WokenSink {
  readonly flow: string;
  readonly sink: string;
  /** Batches that waited after a failure and are due now, in the order of their ids. */
  readonly batchIds: readonly string[];
  /** The sink as a whole was left alone, and is tried now: one attempt, or to open it. */
  readonly isProbed: boolean;
}

/** Which batches a `DeliveryHalf.retryNow` is about. */
export interface RetryNowOptions {
  /** Only this sink. @default each */
  readonly sink?: string | undefined;
  /** Only these batches. @default all */
  readonly batchIds?: readonly string[] | undefined;
}

/** Batches on disk whose sink is not configured: they stay until it is. */
export interface UnconfiguredSinkStatus {
  readonly flow: string;
  readonly sink: string;
  readonly batches: number;
  readonly records: number;
}

/** The oldest batch that a sink has not got yet. */
export interface SinkBacklog {
  /**
   * Epoch milliseconds of its first record, which is the time that its destination was planned with; when it
   * cannot be read, the start of its writer, which is earlier.
   */
  readonly oldestMs: number;
  readonly batchId: string;
  /** What the sink planned for it; undefined when it cannot be read. */
  readonly plan: JsonObject | undefined;
}

/**
 * How far each sink has got: everything that began before its {@link SinkBacklog.oldestMs} is at its
 * destination; without a backlog, everything that began before {@link asOfMs}. It errs to the earlier side
 * only: a batch that is settled at this moment may still be named, one on its way from one stage to the next is
 * never missed. What lies in quarantine is not waited for. The clock of this machine must not go backwards.
 */
export interface UndeliveredStatus {
  /** Epoch milliseconds at which this was asked. */
  readonly asOfMs: number;
  /** False while the spool is not open, or not looked through yet: nothing can be said then. */
  readonly isKnown: boolean;
  /** By sink; those that have everything are missing. */
  readonly sinks: ReadonlyMap<string, SinkBacklog>;
}

/** How a delivery half stands. */
export interface DeliveryStatus {
  readonly state: LifecycleState;
  readonly sinks: readonly SinkStatus[];
  readonly unconfigured: readonly UnconfiguredSinkStatus[];
  /** The accounting of what is on disk, by sink; undefined while the half is not open. */
  readonly spool: DrainStatistics | undefined;
}

/** How an ingest half stands. */
export interface IngestStatus {
  readonly state: LifecycleState;
  /** The incarnation of the spool's writer; undefined while it is not open. */
  readonly incarnation: string | undefined;
  /** Counters of the spool's writer; undefined while it is not open. */
  readonly spool: SpoolWriterStatistics | undefined;
  /** Why no more events are taken, when the spool has failed. */
  readonly failure: string | undefined;
}

/** How a flow stands. */
export interface FlowStatus {
  readonly name: string;
  readonly state: LifecycleState;
  readonly ingest: IngestStatus;
  readonly delivery: DeliveryStatus;
}

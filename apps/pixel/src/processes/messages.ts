import type {
  DeliveryStatus,
  IngestStatus,
  RetryNowOptions,
  UndeliveredStatus,
  WokenSink,
} from "@sewer/flow";
import type { MetricSample } from "@sewer/core";
import type { HealthCheck, RequestSums } from "@sewer/source-http";
import type { UndeliveredBatch } from "@sewer/spool";
import type { SourceCounters } from "../admin/status.ts";
import type { Config } from "../config/config.ts";
import type { RuntimeMetrics } from "../metrics.ts";

/**
 * Raised when a message changes. Both ends are usually one program; they are not when it was replaced on disk
 * and a process is started again.
 */
export const protocolVersion = 1;

/** What a process does. */
export type ProcessRole =
  | { readonly kind: "delivery" }
  /** Takes in the events of every flow that has at least `number` ingest processes. */
  | { readonly kind: "ingest"; readonly number: number };

/** What the supervisor says to a process. */
export type Order =
  | { readonly type: "run"; readonly name: string; readonly role: ProcessRole; readonly config: Config }
  /** Close within this time and end. */
  | { readonly type: "stop"; readonly budgetMs: number }
  /** To delivery: an ingest process has sealed a batch. */
  | { readonly type: "sealed"; readonly flow: string; readonly batchId: string }
  /** To ingest: files of the spool were deleted. */
  | { readonly type: "freed"; readonly flow: string }
  | { readonly type: "ask"; readonly id: number; readonly name: QuestionName; readonly input: unknown };

/** What a process says to the supervisor. */
export type Notice =
  /** The first: it listens to orders now. */
  | { readonly type: "hello"; readonly protocol: number; readonly version: string }
  /** All that it needs is open. */
  | { readonly type: "ready"; readonly addresses: readonly FlowAddresses[] }
  /** Something that it needs cannot be opened; it ends. */
  | { readonly type: "failed"; readonly code: string; readonly message: string }
  | { readonly type: "sealed"; readonly flow: string; readonly batchId: string }
  | { readonly type: "freed"; readonly flow: string }
  | { readonly type: "answer"; readonly id: number; readonly value: unknown }
  | { readonly type: "unanswered"; readonly id: number; readonly reason: string };

/** What a process can be asked: what goes in, and what comes out. */
export interface Questions {
  /** Its counters. */
  readonly report: { readonly input: null; readonly answer: ProcessReport };
  /** What prom-client knows of the process itself. */
  readonly runtimeMetrics: { readonly input: null; readonly answer: RuntimeMetrics };
  /** Has it go on with another config. */
  readonly reload: { readonly input: Config; readonly answer: null };
  /** Of ingest: the segments of a flow that may hold records in memory only. */
  readonly begun: { readonly input: string; readonly answer: readonly UndeliveredBatch[] };
  /** Of ingest: has load balancers look elsewhere, and serves on. */
  readonly drain: { readonly input: null; readonly answer: null };
  /** Of ingest: has the statistics of a flow's requests count from 0 again. */
  readonly resetStatistics: { readonly input: string; readonly answer: null };
  /** Of delivery. */
  readonly undelivered: {
    readonly input: { readonly flow: string; readonly begun: readonly UndeliveredBatch[] };
    readonly answer: UndeliveredStatus;
  };
  /** Of delivery. */
  readonly retryNow: {
    readonly input: { readonly flow: string; readonly options: RetryNowOptions };
    readonly answer: readonly WokenSink[];
  };
}

/** A key of {@link Questions}. */
export type QuestionName = keyof Questions;

/** How a process answers the questions that it knows. */
export type Answers = {
  readonly [Name in QuestionName]?: (
    input: Questions[Name]["input"],
  ) => Questions[Name]["answer"] | Promise<Questions[Name]["answer"]>;
};

/** The URLs of one flow's source. */
export interface FlowAddresses {
  readonly flow: string;
  readonly pixel: string;
  readonly status: string;
}

/** What a process has counted since it began. */
export interface ProcessReport {
  readonly samples: readonly MetricSample[];
  readonly ingest: readonly IngestReport[];
  readonly delivery: readonly DeliveryReport[];
}

/** The ingest half of one flow. */
export interface IngestReport {
  readonly flow: string;
  readonly status: IngestStatus;
  readonly counters: SourceCounters;
  readonly requests: RequestSums;
  readonly health: readonly HealthCheck[];
}

/** The delivery half of one flow. */
export interface DeliveryReport {
  readonly flow: string;
  readonly status: DeliveryStatus;
}

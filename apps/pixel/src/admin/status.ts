import { dirname } from "node:path";
import type { Logger } from "@sewer/core";
import type {
  DeliveryStatus,
  Flow,
  FlowStatus,
  IngestStatus,
  SinkBacklog,
  SinkStatus,
  UndeliveredStatus,
} from "@sewer/flow";
import type { HttpStatistics } from "@sewer/source-http";
import type { ConfigStatus } from "../runtime/reloader.ts";
import type { ProcessStatus } from "../processes/process-status.ts";

/** What `/status` is made of. */
export interface StatusOptions {
  readonly version: string;
  readonly hostname: string;
  readonly pid: number;
  /** In the order of the config. */
  readonly flows: () => readonly StatusFlow[];
  readonly config: () => ConfigStatus;
  /** Brings what the flows tell up to date. @returns how the other processes stand; none when this is the only one. */
  readonly processes: () => Promise<readonly ProcessStatus[]>;
  readonly logger: Logger;
}

/** One flow as `/status` sees it. */
export interface StatusFlow {
  readonly name: string;
  readonly flow: Pick<Flow, "status" | "undelivered">;
  readonly source: { readonly statistics: SourceCounters };
  /** Absolute. */
  readonly spoolDir: string;
}

/**
 * How a sink stands, with the oldest bucket that it has not got fully. A bucket is the directory that a batch's
 * path was planned in, by the time of its first record.
 */
export interface SinkReport extends SinkStatus {
  /**
   * Epoch milliseconds of the oldest record that the sink has not got; null when there is none, 0 while that is
   * not known.
   */
  readonly oldestUndeliveredMs: number | null;
  /** Directory that its batch goes to; null when there is none, or when it cannot be told. */
  readonly oldestUndeliveredDirectory: string | null;
  readonly oldestUndeliveredBatch: string | null;
  /** Everything that began before this is delivered, but for what is in quarantine. Epoch milliseconds. */
  readonly completeUntilMs: number;
}

/** One flow in a {@link StatusReport}. */
export interface FlowReport {
  readonly name: string;
  readonly state: FlowStatus["state"];
  readonly source: SourceCounters;
  readonly spool: {
    readonly dir: string;
    readonly incarnation: IngestStatus["incarnation"];
    readonly failure: IngestStatus["failure"];
    readonly writer: IngestStatus["spool"];
    readonly drain: DeliveryStatus["spool"];
  };
  readonly sinks: readonly SinkReport[];
  readonly unconfigured: DeliveryStatus["unconfigured"];
}

/** What `/status` says; in its JSON, what has no value is null. */
export interface StatusReport {
  /** Of this form. */
  readonly v: 1;
  /** Of the program. */
  readonly version: string;
  readonly hostname: string;
  readonly pid: number;
  /** A server of an earlier version has no such key. */
  readonly config?: ConfigStatus;
  /** Those that this one has started; none when all runs in one process. A server of an earlier version has no such key. */
  readonly processes?: readonly ProcessStatus[];
  readonly flows: readonly FlowReport[];
}

/** The counters of a source that `/status` shows. */
export type SourceCounters = Pick<HttpStatistics, Exclude<(typeof counterNames)[number], "refused">> & {
  readonly refused: Readonly<Record<string, number>>;
};

const counterNames = [
  "requests",
  "requestsActive",
  "records",
  "served",
  "refused",
  "connections",
  "connectionsOpened",
  "connectionsRefused",
] as const;

/** The JSON of the admin port's `/status` (docs/operations/cli.md); what has no value is null. */
export async function statusJson(options: StatusOptions): Promise<string> {
  const { version, hostname, pid, logger } = options;
  const processes = await options.processes();
  const flows = await Promise.all(options.flows().map((flow) => flowReport(flow, logger)));
  const config = options.config();
  const report: StatusReport = { v: 1, version, hostname, pid, config, processes, flows };
  return JSON.stringify(report, orNull);
}

function orNull(_key: string, value: unknown): unknown {
  return value === undefined ? null : value;
}

async function flowReport({ name, flow, source, spoolDir }: StatusFlow, logger: Logger): Promise<FlowReport> {
  // Asked before the counters are read: what they count as delivered is not awaited any more.
  const undelivered = await flow.undelivered().catch((error: unknown) => {
    logger.warn({ flow: name, error }, "the spool could not be looked through for /status");
    return undefined;
  });
  const { state, ingest, delivery } = flow.status();
  const { incarnation, failure } = ingest;
  return {
    name,
    state,
    source: sourceCounters(source.statistics),
    spool: { dir: spoolDir, incarnation, failure, writer: ingest.spool, drain: delivery.spool },
    sinks: delivery.sinks.map((sink) => sinkReport(sink, undelivered)),
    unconfigured: delivery.unconfigured,
  };
}

/** Copies the counters that `/status` shows. */
export function sourceCounters(from: SourceCounters): SourceCounters {
  return Object.fromEntries(counterNames.map((name) => [name, from[name]])) as unknown as SourceCounters;
}

/** Puts together what a sink's lane knows and what the spool still holds for it. */
function sinkReport(sink: SinkStatus, undelivered: UndeliveredStatus | undefined): SinkReport {
  if (undelivered === undefined || !undelivered.isKnown) return { ...sink, ...unknown };
  const backlog = undelivered.sinks.get(sink.name);
  return {
    ...sink,
    oldestUndeliveredMs: backlog?.oldestMs ?? null,
    oldestUndeliveredDirectory: directoryOf(backlog),
    oldestUndeliveredBatch: backlog?.batchId ?? null,
    completeUntilMs: Math.min(backlog?.oldestMs ?? Infinity, undelivered.asOfMs),
  };
}

const unknown = {
  oldestUndeliveredMs: 0,
  oldestUndeliveredDirectory: null,
  oldestUndeliveredBatch: null,
  completeUntilMs: 0,
};

function directoryOf(backlog: SinkBacklog | undefined): string | null {
  const path = backlog?.plan?.["path"];
  return typeof path === "string" ? dirname(path) : null;
}

import type { Clock, LifecycleState } from "@sewer/core";
import type {
  DeliveryStatus,
  FlowStatus,
  IngestStatus,
  RetryNowOptions,
  UndeliveredStatus,
  WokenSink,
} from "@sewer/flow";
import { requestStatistics, type HealthCheck, type RequestStatistics } from "@sewer/source-http";
import type { SourceCounters } from "../admin/status.ts";
import type { AdminFlow } from "../runtime/admin-port.ts";
import { mergeWriters } from "./merge-counters.ts";
import type { Reports } from "./reports.ts";
import type { SupervisedProcess } from "./supervised-process.ts";

/** The processes that one flow runs in. */
export interface FlowProcesses {
  readonly delivery: SupervisedProcess;
  readonly ingest: readonly SupervisedProcess[];
}

/** What a {@link SupervisedFlow} needs. */
export interface SupervisedFlowOptions {
  readonly name: string;
  /** Absolute. */
  readonly spoolDir: string;
  readonly processes: FlowProcesses;
  readonly reports: Reports;
  readonly clock: Clock;
}

// What is worst of several states comes first.
const states: readonly LifecycleState[] = ["error", "closing", "opening", "closed", "flowing"];

/** One flow as the admin port sees it, put together from what its processes say. */
export class SupervisedFlow implements AdminFlow {
  readonly name: string;
  readonly spoolDir: string;
  readonly flow = this;
  readonly #options: SupervisedFlowOptions;

  constructor(options: SupervisedFlowOptions) {
    this.name = options.name;
    this.spoolDir = options.spoolDir;
    this.#options = options;
  }

  /** As of the last reports. */
  get source(): { readonly statistics: SourceCounters } {
    return { statistics: this.#options.reports.counters(this.name) };
  }

  requestStatistics(): RequestStatistics {
    return requestStatistics(this.#options.reports.requests(this.name));
  }

  async resetStatistics(): Promise<void> {
    const { reports, processes } = this.#options;
    const alive = processes.ingest.filter(({ isAlive }) => isAlive);
    await Promise.all(alive.map((process) => process.ask("resetStatistics", this.name)));
    reports.resetRequests(this.name);
    // What a process had reported before would be read once more.
    for (const process of alive) reports.add(process.name, await process.ask("report", null));
  }

  /** As of the last reports: a check fails when it fails in one of the processes. */
  health(): readonly HealthCheck[] {
    const all = this.#options.reports.ingest(this.name).flatMap(({ health }) => health);
    const byName = new Map<string, HealthCheck>();
    for (const check of all) if (byName.get(check.name)?.failure === undefined) byName.set(check.name, check);
    if (byName.size > 0) return [...byName.values()];
    return [{ name: "listening", failure: "no process takes events" }];
  }

  /** As of the last reports. */
  status(): FlowStatus {
    const { reports, processes } = this.#options;
    const ingest = reports.ingest(this.name).map(({ status }) => status);
    const delivery = reports.delivery(this.name)?.status ?? noDelivery;
    const all = [processes.delivery, ...processes.ingest].map(stateOf);
    const found = [...all, ...ingest.map(({ state }) => state), delivery.state];
    const state = states.find((one) => found.includes(one)) ?? "opening";
    return { name: this.name, state, ingest: mergeIngest(ingest), delivery };
  }

  async retryNow(options: RetryNowOptions): Promise<readonly WokenSink[]> {
    return this.#options.processes.delivery.ask("retryNow", { flow: this.name, options });
  }

  async undelivered(): Promise<UndeliveredStatus> {
    const { processes, clock } = this.#options;
    // What a segment that begins after this moment holds is later than it.
    const asOfMs = clock.now();
    const alive = processes.ingest.filter(({ isAlive }) => isAlive);
    try {
      // In the direction in which records move, so that none slips through between two looks.
      const begun = await Promise.all(alive.map((process) => process.ask("begun", this.name)));
      const input = { flow: this.name, begun: begun.flat() };
      return { ...(await processes.delivery.ask("undelivered", input)), asOfMs };
    } catch {
      // One of them has just ended, starts or hangs: nothing can be said until it answers.
      return { asOfMs, isKnown: false, sinks: new Map() };
    }
  }
}

const noDelivery: DeliveryStatus = { state: "opening", sinks: [], unconfigured: [], spool: undefined };

/** A process that is started again opens its half of the flow again. */
function stateOf({ status: { state } }: SupervisedProcess): LifecycleState {
  if (state === "running") return "flowing";
  return state === "stopping" || state === "ended" ? "closing" : "opening";
}

function mergeIngest(all: readonly IngestStatus[]): IngestStatus {
  const found = all.map(({ state }) => state);
  return {
    state: states.find((one) => found.includes(one)) ?? "opening",
    incarnation: all.length === 1 ? all[0]?.incarnation : undefined,
    spool: mergeWriters(all.flatMap(({ spool }) => spool ?? [])),
    failure: all.find(({ failure }) => failure !== undefined)?.failure,
  };
}

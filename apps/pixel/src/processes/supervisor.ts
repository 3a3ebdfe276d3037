import assert from "node:assert";
import cluster from "node:cluster";
import { sleep } from "@sewer/core";
import { claimHttpPorts, HttpSource } from "@sewer/source-http";
import type { AdminServer } from "../admin/admin-server.ts";
import { processesOf } from "../config/config-changes.ts";
import type { Config, FlowConfig } from "../config/config.ts";
import { MetricsRegistry, type RuntimeMetrics } from "../metrics.ts";
import { createAdminPort } from "../runtime/admin-port.ts";
import { addressesLine } from "../runtime/addresses-line.ts";
import type { ProgramOptions } from "../runtime/program.ts";
import type { Reloads } from "../runtime/reloader.ts";
import { reportToGraphite } from "../runtime/report-to-graphite.ts";
import type { Server } from "../runtime/server.ts";
import type { Notice, ProcessRole } from "./messages.ts";
import { processSamples } from "./process-samples.ts";
import { Reports } from "./reports.ts";
import { SupervisedFlow } from "./supervised-flow.ts";
import { SupervisedProcess } from "./supervised-process.ts";

const reportEveryMs = 1000;
/** What a process gets on top of its budget before it is killed: a slow disk may take its time. */
const killAfterMs = 20_000;

/** True when a config asks for more than one process. */
export function needsProcesses(config: Config): boolean {
  return processesOf(config) > 1;
}

/**
 * Runs the flows of a config in several processes: one delivers, the others take events in. This process takes
 * no traffic: it starts the others, again whenever one ends by itself, has the admin port, and tells them to
 * stop. Processes share nothing but the spool directories (docs/adr/0012-one-supervisor-several-processes.md).
 */
export class Supervisor implements Server {
  readonly #options: ProgramOptions;
  readonly #reports = new Reports();
  readonly #metrics: MetricsRegistry;
  readonly #reloads: Reloads;
  /** As it was given: without the ports that were found for `port: 0`. */
  #given: Config;
  #config: Config;
  #delivery: SupervisedProcess | undefined;
  #ingest: readonly SupervisedProcess[] = [];
  #flows: readonly SupervisedFlow[] = [];
  #admin: AdminServer | undefined;
  #cancelReports = (): void => {};
  #endGraphite = (): void => {};

  constructor(config: Config, options: ProgramOptions, reloads: Reloads) {
    this.#given = config;
    this.#config = config;
    this.#reloads = reloads;
    this.#options = options;
    this.#metrics = new MetricsRegistry("supervisor", () => this.#runtimeMetrics());
    this.#metrics.register(() => reloads.samples());
    this.#metrics.register(() => this.#reports.samples());
    this.#metrics.register(() => processSamples(this.#processes.map(({ status }) => status)));
  }

  get #processes(): readonly SupervisedProcess[] {
    return this.#delivery === undefined ? this.#ingest : [this.#delivery, ...this.#ingest];
  }

  async open(signal: AbortSignal): Promise<string> {
    const interrupt = (): void => void this.#stopAll({ graceMs: 0, deliverMs: 0 });
    signal.addEventListener("abort", interrupt);
    try {
      this.#config = { ...this.#config, flows: await Promise.all(this.#config.flows.map(withPorts)) };
      signal.throwIfAborted();
      return await this.#open(this.#config, signal);
    } catch (error) {
      await this.#stopAll({ graceMs: 0, deliverMs: 0 });
      throw error;
    } finally {
      signal.removeEventListener("abort", interrupt);
    }
  }

  async close(): Promise<boolean> {
    const { drainDelay, graceful, deliver } = this.#config.stop;
    // One that does not answer hangs or has ended, and serves nobody.
    const drained = this.#ingest.map((process) => process.ask("drain", null));
    await Promise.all([Promise.allSettled(drained), sleep(this.#options.clock, drainDelay)]);
    return this.#stopAll({ graceMs: graceful, deliverMs: deliver });
  }

  async reload(given: Config): Promise<void> {
    const before = this.#config;
    const after = {
      ...given,
      flows: await Promise.all(given.flows.map((flow) => this.#withKnownPorts(flow))),
    };
    // What a process has to deliver of flows that end, and then some.
    const withinMs = before.stop.graceful + before.stop.deliver + killAfterMs;
    const asked: SupervisedProcess[] = [];
    try {
      // Delivery comes first, so that no batch is planned for a sink that nobody has.
      for (const process of this.#processes) {
        asked.push(process);
        await process.reload(after, withinMs);
      }
    } catch (error) {
      for (const process of asked.toReversed()) await this.#goBack(process, before, withinMs);
      throw error;
    }
    this.#given = given;
    this.#config = after;
    const delivery = this.#delivery;
    assert(delivery !== undefined, "an open supervisor has a process that delivers");
    this.#flows = after.flows.map((flow) => this.#createFlow(flow, delivery));
    this.#reportToGraphite();
    await this.#askReports();
  }

  abandon(): void {
    for (const process of this.#processes) process.kill();
  }

  async #open(config: Config, signal: AbortSignal): Promise<string> {
    // Without SO_REUSEPORT all accept from one socket, none through this process.
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    const stdio = ["ignore" as const, "inherit" as const, "inherit" as const, "ipc" as const];
    cluster.setupPrimary({ args: [], serialization: "advanced", stdio });
    const delivery = this.#createProcess("delivery", { kind: "delivery" });
    this.#delivery = delivery;
    this.#ingest = Array.from({ length: processesOf(config) }, (_, index) =>
      this.#createProcess(`ingest-${index + 1}`, { kind: "ingest", number: index + 1 }),
    );
    this.#flows = config.flows.map((flow) => this.#createFlow(flow, delivery));
    // The spool's delivery lock comes before any port: what cannot be delivered from here is not taken in.
    await delivery.start();
    signal.throwIfAborted();
    await Promise.all(this.#ingest.map((process) => process.start()));
    signal.throwIfAborted();
    const admin = await this.#openAdmin(config);
    this.#metrics.watchProcess();
    await this.#report();
    this.#reportToGraphite();
    const addresses = this.#ingest[0]?.addresses ?? [];
    return addressesLine(addresses, admin);
  }

  /** The one that failed has gone back by itself, if it could. */
  async #goBack(process: SupervisedProcess, before: Config, withinMs: number): Promise<void> {
    try {
      await process.reload(before, withinMs);
    } catch (error) {
      const message = "a process cannot go back to the config that it had; it is started again with it";
      this.#options.logger.error({ process: process.name, error }, message);
      process.kill();
    }
  }

  /** Ports that were found once are kept while the config asks for the same. */
  async #withKnownPorts(flow: FlowConfig): Promise<FlowConfig> {
    const given = this.#given.flows.find(({ name }) => name === flow.name);
    const known = this.#config.flows.find(({ name }) => name === flow.name);
    if (given === undefined || known === undefined || !HttpSource.isSamePorts(given.source, flow.source)) {
      return withPorts(flow);
    }
    const { port, statusPort } = known.source;
    return { ...flow, source: { ...flow.source, port, statusPort } };
  }

  #reportToGraphite(): void {
    this.#endGraphite();
    this.#endGraphite = reportToGraphite(this.#config, () => this.#flows, this.#options);
  }

  async #stopAll({ graceMs, deliverMs }: { graceMs: number; deliverMs: number }): Promise<boolean> {
    this.#cancelReports();
    this.#endGraphite();
    const stopped = await Promise.all(
      this.#ingest.map((process) => process.stop(graceMs, graceMs + killAfterMs)),
    );
    // Delivery comes last, so that it gets what the others have just sealed.
    stopped.push((await this.#delivery?.stop(deliverMs, deliverMs + killAfterMs)) ?? true);
    await this.#admin?.close();
    return stopped.every((isClean) => isClean);
  }

  #createProcess(name: string, role: ProcessRole): SupervisedProcess {
    const { clock, logger } = this.#options;
    return new SupervisedProcess({
      name,
      run: { type: "run", name, role, config: this.#config },
      clock,
      logger,
      onNotice: (notice) => this.#passOn(notice),
      onEnd: () => this.#reports.end(name),
    });
  }

  /** What one half of a flow finds out saves the other one from finding out later. */
  #passOn(notice: Extract<Notice, { type: "sealed" | "freed" }>): void {
    if (notice.type === "sealed") this.#delivery?.tell(notice);
    else for (const process of this.#ingest) process.tell(notice);
  }

  #createFlow({ name, spoolDir, source }: FlowConfig, delivery: SupervisedProcess): SupervisedFlow {
    const processes = { delivery, ingest: this.#ingest.slice(0, source.processes) };
    return new SupervisedFlow({
      name,
      spoolDir,
      processes,
      reports: this.#reports,
      clock: this.#options.clock,
    });
  }

  async #openAdmin({ admin }: Config): Promise<string | undefined> {
    if (admin === false) return undefined;
    this.#admin = createAdminPort({
      ...admin,
      ...this.#options,
      flows: () => this.#flows,
      metrics: this.#metrics,
      reloads: this.#reloads,
      processes: async () => {
        await this.#askReports();
        return this.#processes.map(({ status }) => status);
      },
    });
    return this.#admin.open();
  }

  /** Keeps the reports at most about a second old, for Jolokia and for the sums of a process that is killed. */
  async #report(): Promise<void> {
    await this.#askReports();
    this.#cancelReports = this.#options.clock.schedule(reportEveryMs, () => void this.#report());
  }

  async #askReports(): Promise<void> {
    const asked = this.#processes.map(async (process) => {
      this.#reports.add(process.name, await process.report());
    });
    // One that does not answer keeps its last report until it does, or ends.
    await Promise.allSettled(asked);
  }

  async #runtimeMetrics(): Promise<readonly RuntimeMetrics[]> {
    await this.#askReports();
    const asked = await Promise.allSettled(
      this.#processes.map((process) => process.ask("runtimeMetrics", null)),
    );
    return asked.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  }
}

async function withPorts(flow: FlowConfig): Promise<FlowConfig> {
  return { ...flow, source: { ...flow.source, ...(await claimHttpPorts(flow.source)) } };
}

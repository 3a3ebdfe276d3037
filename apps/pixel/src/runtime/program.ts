import { sleep, type Clock, type FileSystem, type Logger, type Random } from "@sewer/core";
import { Flow, type RetryNowOptions } from "@sewer/flow";
import type { HttpSource } from "@sewer/source-http";
import type { AdminServer } from "../admin/admin-server.ts";
import type { Config, FlowConfig } from "../config/config.ts";
import { MetricsRegistry } from "../metrics.ts";
import { addressesLine } from "./addresses-line.ts";
import { createAdminPort } from "./admin-port.ts";
import { createSinks, createSource } from "./components.ts";
import { reportToGraphite } from "./report-to-graphite.ts";
import type { Server } from "./server.ts";
import { holdYoungGeneration } from "./young-generation.ts";

interface ProgramFlow {
  readonly name: string;
  readonly flow: Flow;
  readonly source: HttpSource;
  readonly spoolDir: string;
}

/** What a {@link Server} needs besides its config. */
export interface ProgramOptions {
  readonly hostname: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly fs: FileSystem;
  readonly logger: Logger;
}

/** Runs flows and admin port in this process. */
export class Program implements Server {
  readonly #config: Config;
  readonly #options: ProgramOptions;
  readonly #metrics = new MetricsRegistry();
  readonly #flows: readonly ProgramFlow[];
  readonly #admin: AdminServer | undefined;
  #endGraphite = (): void => {};

  constructor(config: Config, options: ProgramOptions) {
    this.#config = config;
    this.#options = options;
    this.#flows = config.flows.map((flow) => this.#createFlow(flow));
    this.#admin = config.admin === false ? undefined : this.#createAdmin(config.admin);
  }

  async open(signal: AbortSignal): Promise<string> {
    holdYoungGeneration();
    try {
      for (const { flow } of this.#flows) {
        signal.throwIfAborted();
        const interrupt = (): void => void flow.close({ graceMs: 0, deliverMs: 0 }).catch(() => {});
        signal.addEventListener("abort", interrupt);
        await flow.open().finally(() => signal.removeEventListener("abort", interrupt));
      }
      const admin = await this.#admin?.open();
      this.#metrics.watchProcess();
      this.#endGraphite = reportToGraphite(this.#config, this.#flows, this.#options);
      const addresses = this.#flows.map(({ name, source }) => ({ flow: name, ...source.addresses }));
      return addressesLine(addresses, admin);
    } catch (error) {
      await this.#closeAll({ graceMs: 0, deliverMs: 0 });
      throw error;
    }
  }

  async close(): Promise<boolean> {
    const { drainDelay, graceful, deliver } = this.#config.stop;
    for (const { source } of this.#flows) source.drain();
    await sleep(this.#options.clock, drainDelay);
    return this.#closeAll({ graceMs: graceful, deliverMs: deliver });
  }

  abandon(): void {
    // All there is ends with this process.
  }

  async #closeAll(budget: { graceMs: number; deliverMs: number }): Promise<boolean> {
    this.#endGraphite();
    const results = await Promise.allSettled(this.#flows.map(({ flow }) => flow.close(budget)));
    await this.#admin?.close();
    for (const [index, result] of results.entries()) {
      if (result.status === "fulfilled") continue;
      const fields = { flow: this.#flows[index]?.name, error: result.reason as unknown };
      this.#options.logger.error(fields, "the flow did not close cleanly");
    }
    return results.every((result) => result.status === "fulfilled");
  }

  #createFlow(config: FlowConfig): ProgramFlow {
    const { hostname, ...surroundings } = this.#options;
    const metrics = this.#metrics.forFlow(config.name);
    const context = { ...surroundings, flow: config.name, hostname, baseDir: this.#config.baseDir, metrics };
    const source = createSource(config.source, { ...context, name: "source" });
    const sinks = createSinks(config.sinks, context);
    const { name, spool, spoolDir, retry } = config;
    const parts = { name, source, sinks, spool, spoolDir, retry, host: hostname };
    return { name, source, spoolDir, flow: new Flow({ ...parts, ...surroundings, metrics }) };
  }

  #createAdmin(address: { host: string; port: number }): AdminServer {
    const { clock } = this.#options;
    const flows = this.#flows.map((one) => ({
      ...one,
      requestStatistics: () => one.source.statistics.sinceReset(clock.monotonic()),
      resetStatistics: () => one.source.statistics.reset(clock.monotonic()),
      health: () => one.source.health,
      retryNow: (options: RetryNowOptions) => one.flow.retryNow(options),
    }));
    return createAdminPort({ ...address, ...this.#options, flows, metrics: this.#metrics });
  }
}

import type { Clock, FileSystem, Logger, Random } from "@sewer/core";
import { Flow } from "@sewer/flow";
import type { HealthCheck } from "@sewer/source-http";
import { adminBeans } from "../admin/admin-beans.ts";
import { AdminServer } from "../admin/admin-server.ts";
import { Jolokia } from "../admin/jolokia.ts";
import { retryNow } from "../admin/retry.ts";
import { statusJson, type StatusFlow } from "../admin/status.ts";
import type { Config, FlowConfig } from "../config/config.ts";
import { MetricsRegistry } from "../metrics.ts";
import { version } from "../version.ts";
import { createSinks, createSource } from "./components.ts";

/** What a {@link Program} needs besides its config. */
export interface ProgramOptions {
  readonly hostname: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly fs: FileSystem;
  readonly logger: Logger;
}

/** Everything that one `sewer start` runs: the flows and the admin port. */
export class Program {
  readonly #config: Config;
  readonly #options: ProgramOptions;
  readonly #metrics = new MetricsRegistry();
  readonly #flows: readonly StatusFlow[];
  readonly #admin: AdminServer | undefined;

  constructor(config: Config, options: ProgramOptions) {
    this.#config = config;
    this.#options = options;
    this.#flows = config.flows.map((flow) => this.#createFlow(flow));
    this.#admin = config.admin === false ? undefined : this.#createAdmin(config.admin);
  }

  /**
   * Opens flows and admin port, one after the other.
   *
   * @param signal aborts when the start is no longer wanted.
   * @returns the ports' names and URLs.
   * @throws what could not be opened, after everything else was closed again.
   */
  async open(signal: AbortSignal): Promise<string> {
    try {
      for (const { flow } of this.#flows) {
        signal.throwIfAborted();
        const interrupt = (): void => void flow.close({ graceMs: 0, deliverMs: 0 }).catch(() => {});
        signal.addEventListener("abort", interrupt);
        await flow.open().finally(() => signal.removeEventListener("abort", interrupt));
      }
      const admin = await this.#admin?.open();
      this.#metrics.watchProcess();
      return this.#addresses(admin);
    } catch (error) {
      await this.#closeAll({ graceMs: 0, deliverMs: 0 });
      throw error;
    }
  }

  /**
   * Serves on for `stop.drainDelay`, then closes everything as `stop` says.
   *
   * @returns false when something could not be closed as it should; the log says what.
   */
  async close(): Promise<boolean> {
    const { drainDelay, graceful, deliver } = this.#config.stop;
    for (const { source } of this.#flows) source.drain();
    await this.#wait(drainDelay);
    return this.#closeAll({ graceMs: graceful, deliverMs: deliver });
  }

  async #closeAll(budget: { graceMs: number; deliverMs: number }): Promise<boolean> {
    const results = await Promise.allSettled(this.#flows.map(({ flow }) => flow.close(budget)));
    await this.#admin?.close();
    for (const [index, result] of results.entries()) {
      if (result.status === "fulfilled") continue;
      const fields = { flow: this.#flows[index]?.name, error: result.reason as unknown };
      this.#options.logger.error(fields, "the flow did not close cleanly");
    }
    return results.every((result) => result.status === "fulfilled");
  }

  #wait(ms: number): Promise<void> {
    return ms === 0 ? Promise.resolve() : new Promise((done) => this.#options.clock.schedule(ms, done));
  }

  #createFlow(config: FlowConfig): StatusFlow {
    const { hostname, ...surroundings } = this.#options;
    const metrics = this.#metrics.forFlow(config.name);
    const context = { ...surroundings, flow: config.name, hostname, baseDir: this.#config.baseDir, metrics };
    const source = createSource(config.source, { ...context, name: "source" });
    const sinks = createSinks(config.sinks, context);
    const { name, spool, spoolDir, retry } = config;
    const parts = { name, source, sinks, spool, spoolDir, retry, host: hostname };
    return { name, source, spoolDir, flow: new Flow({ ...parts, ...surroundings, metrics }) };
  }

  #createAdmin({ host, port }: { host: string; port: number }): AdminServer {
    const { clock, hostname, logger } = this.#options;
    const flows = this.#flows.map(({ name, flow, source }) => ({
      name,
      flow,
      requestStatistics: () => source.statistics.sinceReset(clock.monotonic()),
      resetStatistics: () => source.statistics.reset(clock.monotonic()),
    }));
    const beans = adminBeans(flows, { clock, hostname, version });
    const jolokia = new Jolokia({ beans, clock, version });
    const status = { version, hostname, pid: process.pid, flows: this.#flows, logger };
    const parts = { host, port, hostname, jolokia, metrics: this.#metrics, logger };
    const retry = async (body: string): Promise<object | undefined> => {
      const report = await retryNow(
        this.#flows.map(({ flow }) => flow),
        body,
      );
      if (report !== undefined)
        logger.info({ sinks: report.sinks.map(({ sink }) => sink) }, "asked to retry now");
      return report;
    };
    const readiness = (): HealthCheck[] =>
      this.#flows.flatMap(({ name, source }) =>
        source.health.map((check) => ({ ...check, name: `${name}/${check.name}` })),
      );
    return new AdminServer({ ...parts, status: () => statusJson(status), readiness, retry });
  }

  #addresses(admin: string | undefined): string {
    const flows = this.#flows.map(({ name, source }) => {
      const { pixel, status } = source.addresses;
      return `${this.#flows.length > 1 ? `flow ${name} ` : ""}pixel ${pixel} status ${status}`;
    });
    return [...flows, ...(admin === undefined ? [] : [`admin ${admin}`])].join(" ");
  }
}

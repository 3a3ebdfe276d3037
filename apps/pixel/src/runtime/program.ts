import { isDeepStrictEqual } from "node:util";
import { sleep, type Clock, type FileSystem, type Logger, type Random } from "@sewer/core";
import type { AdminServer } from "../admin/admin-server.ts";
import type { Config } from "../config/config.ts";
import { MetricsRegistry } from "../metrics.ts";
import { addressesLine } from "./addresses-line.ts";
import { createAdminPort } from "./admin-port.ts";
import { FlowSet } from "./flow-set.ts";
import type { Reloads } from "./reloader.ts";
import { reportToGraphite } from "./report-to-graphite.ts";
import type { Server } from "./server.ts";
import { WholeFlow } from "./whole-flow.ts";
import { holdYoungGeneration } from "./young-generation.ts";

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
  readonly #options: ProgramOptions;
  readonly #metrics = new MetricsRegistry();
  readonly #flows: FlowSet<WholeFlow>;
  readonly #admin: AdminServer | undefined;
  #config: Config;
  #endGraphite = (): void => {};

  constructor(config: Config, options: ProgramOptions, reloads: Reloads) {
    this.#config = config;
    this.#options = options;
    const { baseDir } = config;
    this.#flows = new FlowSet(
      config.flows,
      (flow) => new WholeFlow(flow, { ...options, baseDir, metrics: this.#metrics.forFlow(flow.name) }),
      options.logger,
    );
    this.#metrics.register(() => reloads.samples());
    const flows = (): readonly WholeFlow[] => this.#flows.all;
    const { admin } = config;
    this.#admin =
      admin === false
        ? undefined
        : createAdminPort({ ...admin, ...options, flows, metrics: this.#metrics, reloads });
  }

  async open(signal: AbortSignal): Promise<string> {
    holdYoungGeneration();
    try {
      await this.#flows.open(signal);
      const admin = await this.#admin?.open();
      this.#metrics.watchProcess();
      this.#reportToGraphite();
      const addresses = this.#flows.all.map(({ name, source }) => ({ flow: name, ...source.addresses }));
      return addressesLine(addresses, admin);
    } catch (error) {
      await this.#closeAll({ graceMs: 0, deliverMs: 0 });
      throw error;
    }
  }

  async reload(config: Config): Promise<void> {
    const { graphite } = this.#config;
    const flows = this.#flows.all;
    await this.#flows.reload(this.#config, config);
    this.#config = config;
    // Its averages go on over a reload that leaves the flows that they are of.
    const isSame = isDeepStrictEqual(graphite, config.graphite) && isSameList(flows, this.#flows.all);
    if (!isSame) this.#reportToGraphite();
  }

  async close(): Promise<boolean> {
    const { drainDelay, graceful, deliver } = this.#config.stop;
    for (const { source } of this.#flows.all) source.drain();
    await sleep(this.#options.clock, drainDelay);
    return this.#closeAll({ graceMs: graceful, deliverMs: deliver });
  }

  abandon(): void {
    // All there is ends with this process.
  }

  async #closeAll(budget: { graceMs: number; deliverMs: number }): Promise<boolean> {
    this.#endGraphite();
    const failures = await this.#flows.close(budget);
    await this.#admin?.close();
    return failures.length === 0;
  }

  #reportToGraphite(): void {
    this.#endGraphite();
    this.#endGraphite = reportToGraphite(this.#config, () => this.#flows.all, this.#options);
  }
}

function isSameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((one, index) => one === b[index]);
}

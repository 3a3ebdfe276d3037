import { isDeepStrictEqual } from "node:util";
import { IngestHalf } from "@sewer/flow";
import type { HttpSource } from "@sewer/source-http";
import { sourceCounters } from "../admin/status.ts";
import type { FlowConfig } from "../config/config.ts";
import { createSinks, createSource } from "../runtime/components.ts";
import type { CloseBudget, RunningFlow } from "../runtime/flow-set.ts";
import type { WholeFlowOptions } from "../runtime/whole-flow.ts";
import type { IngestReport } from "./messages.ts";

/** The half of a flow that takes events in. */
export class IngestFlow implements RunningFlow {
  readonly name: string;
  readonly half: IngestHalf;
  readonly #options: WholeFlowOptions;
  #config: FlowConfig;
  #source: HttpSource;

  constructor(config: FlowConfig, options: WholeFlowOptions) {
    const { hostname: host, ...surroundings } = options;
    const { name, spool, spoolDir } = config;
    this.name = name;
    this.#options = options;
    this.#config = config;
    this.#source = this.#createSource(config);
    const parts = { name, source: this.#source, sinks: this.#createSinks(config), spool, spoolDir, host };
    this.half = new IngestHalf({ ...surroundings, ...parts });
  }

  get source(): HttpSource {
    return this.#source;
  }

  get isWell(): boolean {
    return this.half.state === "flowing";
  }

  async open(): Promise<void> {
    await this.half.open();
    await this.half.start();
  }

  async reconfigure(config: FlowConfig): Promise<void> {
    const former = this.#config;
    this.#config = config;
    const isSame = isDeepStrictEqual({ ...former, retry: config.retry }, config);
    if (isSame) return;
    const source = this.#createSource(config);
    await this.half.reconfigure({ source, spool: config.spool, sinks: this.#createSinks(config) });
    this.#source = source;
  }

  close({ graceMs }: CloseBudget): Promise<void> {
    return this.half.close({ graceMs });
  }

  report(): IngestReport {
    const { name: flow, half, source } = this;
    return {
      flow,
      status: half.status(),
      counters: sourceCounters(source.statistics),
      requests: source.statistics.sums(this.#options.clock.monotonic()),
      health: source.health,
    };
  }

  #createSource({ name, source }: FlowConfig): HttpSource {
    return createSource(source, { ...this.#options, flow: name, name: "source" });
  }

  /** Only asked where a batch will go: they are opened in the process that delivers. */
  #createSinks({ name, sinks }: FlowConfig): ReturnType<typeof createSinks> {
    return createSinks(sinks, { ...this.#options, flow: name });
  }
}

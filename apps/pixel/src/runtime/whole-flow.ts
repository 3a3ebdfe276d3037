import { isDeepStrictEqual } from "node:util";
import type { Metrics } from "@sewer/core";
import { Flow, type FlowChange, type RetryNowOptions, type WokenSink } from "@sewer/flow";
import type { HealthCheck, HttpSource, RequestStatistics } from "@sewer/source-http";
import type { FlowConfig } from "../config/config.ts";
import type { AdminFlow } from "./admin-port.ts";
import { createSinks, createSource } from "./components.ts";
import type { CloseBudget, RunningFlow } from "./flow-set.ts";
import type { ProgramOptions } from "./program.ts";

/** What a {@link WholeFlow} needs besides its config. */
export interface WholeFlowOptions extends ProgramOptions {
  /** Absolute; where relative paths of sinks start. */
  readonly baseDir: string;
  /** Of this flow. */
  readonly metrics: Metrics;
}

/** A flow that runs in this process from its source to its sinks. */
export class WholeFlow implements RunningFlow, AdminFlow {
  readonly name: string;
  readonly flow: Flow;
  readonly #options: WholeFlowOptions;
  #config: FlowConfig;
  #source: HttpSource;

  constructor(config: FlowConfig, options: WholeFlowOptions) {
    const { hostname: host, ...surroundings } = options;
    const { name, spool, spoolDir, retry } = config;
    this.name = name;
    this.#config = config;
    this.#options = options;
    this.#source = this.#createSource(config);
    const parts = {
      name,
      source: this.#source,
      sinks: this.#createSinks(config),
      spool,
      spoolDir,
      retry,
      host,
    };
    this.flow = new Flow({ ...surroundings, ...parts });
  }

  get source(): HttpSource {
    return this.#source;
  }

  get spoolDir(): string {
    return this.#config.spoolDir;
  }

  get isWell(): boolean {
    return this.flow.state === "flowing";
  }

  async open(signal?: AbortSignal): Promise<void> {
    const interrupt = (): void => void this.flow.close({ graceMs: 0, deliverMs: 0 }).catch(() => {});
    signal?.addEventListener("abort", interrupt);
    await this.flow.open().finally(() => signal?.removeEventListener("abort", interrupt));
  }

  async reconfigure(config: FlowConfig): Promise<void> {
    const { source: formerSource, spool: formerSpool, retry: formerRetry, sinks: formerSinks } = this.#config;
    const { spool, retry } = config;
    const isPlanned = isDeepStrictEqual([formerSpool, formerSinks], [spool, config.sinks]);
    const isDelivered = isPlanned && isDeepStrictEqual(formerRetry, retry) && this.isWell;
    const sinks = this.#createSinks(config);
    const source = this.#createSource(config);
    const isTaken = isPlanned && isDeepStrictEqual(formerSource, config.source);
    const change: FlowChange = {
      ingest: isTaken ? undefined : { source, spool, sinks },
      delivery: isDelivered ? undefined : { spool, sinks, retry },
    };
    this.#config = config;
    await this.flow.reconfigure(change);
    if (!isTaken) this.#source = source;
  }

  close(budget: CloseBudget): Promise<void> {
    return this.flow.close(budget);
  }

  requestStatistics(): RequestStatistics {
    return this.#source.statistics.sinceReset(this.#options.clock.monotonic());
  }

  resetStatistics(): void {
    this.#source.statistics.reset(this.#options.clock.monotonic());
  }

  health(): readonly HealthCheck[] {
    return this.#source.health;
  }

  retryNow(options: RetryNowOptions): readonly WokenSink[] {
    return this.flow.retryNow(options);
  }

  #createSource({ name, source }: FlowConfig): HttpSource {
    return createSource(source, { ...this.#options, flow: name, name: "source" });
  }

  #createSinks({ name, sinks }: FlowConfig): ReturnType<typeof createSinks> {
    return createSinks(sinks, { ...this.#options, flow: name });
  }
}

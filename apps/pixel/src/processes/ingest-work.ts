import { IngestHalf } from "@sewer/flow";
import type { HttpSource } from "@sewer/source-http";
import { sourceCounters } from "../admin/status.ts";
import type { Config, FlowConfig } from "../config/config.ts";
import { MetricsRegistry } from "../metrics.ts";
import { createSinks, createSource } from "../runtime/components.ts";
import type { ProgramOptions } from "../runtime/program.ts";
import type { Answers, FlowAddresses, IngestReport, Notice, Order } from "./messages.ts";
import { closeAll, openAll, type Work } from "./work.ts";

interface IngestFlow {
  readonly name: string;
  readonly source: HttpSource;
  readonly half: IngestHalf;
}

/** Takes events in and leaves sealed batches on disk, for every flow that has so many ingest processes. */
export class IngestWork implements Work {
  readonly answers: Answers;
  readonly #flows: readonly IngestFlow[];
  readonly #options: ProgramOptions;
  readonly #metrics = new MetricsRegistry();

  constructor(config: Config, number: number, options: ProgramOptions, notify: (notice: Notice) => void) {
    this.#options = options;
    this.#flows = config.flows
      .filter(({ source }) => source.processes >= number)
      .map((flow) => this.#createFlow(config, flow));
    for (const { name: flow, half } of this.#flows) {
      half.onSeal((batchId) => notify({ type: "sealed", flow, batchId }));
    }
    this.answers = {
      report: () => ({
        samples: this.#metrics.samples(),
        ingest: this.#flows.map((flow) => this.#report(flow)),
        delivery: [],
      }),
      begun: (flow) => this.#halfOf(flow)?.begun ?? [],
      drain: () => {
        for (const { source } of this.#flows) source.drain();
        return null;
      },
      resetStatistics: (flow) => {
        const nowMs = this.#options.clock.monotonic();
        this.#flows.find(({ name }) => name === flow)?.source.statistics.reset(nowMs);
        return null;
      },
    };
  }

  async open(): Promise<readonly FlowAddresses[]> {
    await openAll(
      this.#flows,
      async ({ half }) => {
        await half.open();
        await half.start();
      },
      ({ half }) => half.close({ graceMs: 0 }),
    );
    return this.#flows.map(({ name, source }) => ({ flow: name, ...source.addresses }));
  }

  heard(order: Extract<Order, { type: "sealed" | "freed" }>): void {
    if (order.type === "freed") this.#halfOf(order.flow)?.measure();
  }

  close(budgetMs: number): Promise<readonly unknown[]> {
    return closeAll(this.#flows, ({ half }) => half.close({ graceMs: budgetMs }));
  }

  #createFlow({ baseDir }: Config, config: FlowConfig): IngestFlow {
    const { hostname: host, ...surroundings } = this.#options;
    const { name, spool, spoolDir } = config;
    const metrics = this.#metrics.forFlow(name);
    const context = { ...surroundings, flow: name, hostname: host, baseDir, metrics };
    const source = createSource(config.source, { ...context, name: "source" });
    // Only asked where a batch will go: they are opened in the process that delivers.
    const sinks = createSinks(config.sinks, context);
    const half = new IngestHalf({ ...surroundings, name, source, sinks, spool, spoolDir, host, metrics });
    return { name, source, half };
  }

  #report({ name, source, half }: IngestFlow): IngestReport {
    return {
      flow: name,
      status: half.status(),
      counters: sourceCounters(source.statistics),
      requests: source.statistics.sums(this.#options.clock.monotonic()),
      health: source.health,
    };
  }

  #halfOf(flow: string): IngestHalf | undefined {
    return this.#flows.find(({ name }) => name === flow)?.half;
  }
}

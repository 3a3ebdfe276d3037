import type { Config } from "../config/config.ts";
import { MetricsRegistry } from "../metrics.ts";
import { FlowSet } from "../runtime/flow-set.ts";
import type { ProgramOptions } from "../runtime/program.ts";
import { IngestFlow } from "./ingest-flow.ts";
import type { Answers, FlowAddresses, Notice, Order } from "./messages.ts";
import type { Work } from "./work.ts";

/** Takes events in and leaves sealed batches on disk, for every flow that has so many ingest processes. */
export class IngestWork implements Work {
  readonly answers: Answers;
  readonly #number: number;
  readonly #flows: FlowSet<IngestFlow>;
  readonly #metrics = new MetricsRegistry();

  constructor(config: Config, number: number, options: ProgramOptions, notify: (notice: Notice) => void) {
    const { baseDir } = config;
    this.#number = number;
    this.#flows = new FlowSet(
      this.#own(config).flows,
      (flow) => {
        const { name } = flow;
        const running = new IngestFlow(flow, { ...options, baseDir, metrics: this.#metrics.forFlow(name) });
        running.half.onSeal((batchId) => notify({ type: "sealed", flow: name, batchId }));
        return running;
      },
      options.logger,
    );
    this.answers = {
      report: () => ({
        samples: this.#metrics.samples(),
        ingest: this.#flows.all.map((flow) => flow.report()),
        delivery: [],
      }),
      begun: (flow) => this.#flows.find(flow)?.half.begun ?? [],
      drain: () => {
        for (const { source } of this.#flows.all) source.drain();
        return null;
      },
      resetStatistics: (flow) => {
        this.#flows.find(flow)?.source.statistics.reset(options.clock.monotonic());
        return null;
      },
    };
  }

  async open(): Promise<readonly FlowAddresses[]> {
    await this.#flows.open();
    return this.#flows.all.map(({ name, source }) => ({ flow: name, ...source.addresses }));
  }

  heard(order: Extract<Order, { type: "sealed" | "freed" }>): void {
    if (order.type === "freed") this.#flows.find(order.flow)?.half.measure();
  }

  reload(before: Config, after: Config): Promise<void> {
    return this.#flows.reload(this.#own(before), this.#own(after));
  }

  close(budgetMs: number): Promise<readonly unknown[]> {
    return this.#flows.close({ graceMs: budgetMs, deliverMs: 0 });
  }

  #own(config: Config): Config {
    return { ...config, flows: config.flows.filter(({ source }) => source.processes >= this.#number) };
  }
}

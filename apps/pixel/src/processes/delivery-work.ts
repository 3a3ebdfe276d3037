import { DeliveryHalf } from "@sewer/flow";
import type { Config, FlowConfig } from "../config/config.ts";
import { MetricsRegistry } from "../metrics.ts";
import { createSinks } from "../runtime/components.ts";
import type { ProgramOptions } from "../runtime/program.ts";
import type { Answers, FlowAddresses, Notice, Order } from "./messages.ts";
import { closeAll, openAll, type Work } from "./work.ts";

interface DeliveryFlow {
  readonly name: string;
  readonly half: DeliveryHalf;
}

/** Delivers what the ingest processes have sealed, for all flows. */
export class DeliveryWork implements Work {
  readonly answers: Answers;
  readonly #flows: readonly DeliveryFlow[];
  readonly #options: ProgramOptions;
  readonly #metrics = new MetricsRegistry();

  constructor(config: Config, options: ProgramOptions, notify: (notice: Notice) => void) {
    this.#options = options;
    this.#flows = config.flows.map((flow) => this.#createFlow(config, flow));
    for (const { name: flow, half } of this.#flows) half.onFreed(() => notify({ type: "freed", flow }));
    this.answers = {
      report: () => ({
        samples: this.#metrics.samples(),
        ingest: [],
        delivery: this.#flows.map(({ name, half }) => ({ flow: name, status: half.status() })),
      }),
      undelivered: ({ flow, begun }) => this.#halfOf(flow).undelivered(begun),
      retryNow: ({ flow, options: which }) => this.#halfOf(flow).retryNow(which),
    };
  }

  async open(): Promise<readonly FlowAddresses[]> {
    await openAll(
      this.#flows,
      ({ half }) => half.open(),
      ({ half }) => half.close({ deliverMs: 0 }),
    );
    for (const { half } of this.#flows) half.start();
    return [];
  }

  heard(order: Extract<Order, { type: "sealed" | "freed" }>): void {
    if (order.type === "sealed") this.#halfOf(order.flow).poke(order.batchId);
  }

  close(budgetMs: number): Promise<readonly unknown[]> {
    return closeAll(this.#flows, ({ half }) => half.close({ deliverMs: budgetMs }));
  }

  #createFlow({ baseDir }: Config, config: FlowConfig): DeliveryFlow {
    const { hostname, ...surroundings } = this.#options;
    const { name, spool, spoolDir, retry } = config;
    const metrics = this.#metrics.forFlow(name);
    const sinks = createSinks(config.sinks, { ...surroundings, flow: name, hostname, baseDir, metrics });
    return {
      name,
      half: new DeliveryHalf({ ...surroundings, name, spool, spoolDir, retry, sinks, metrics }),
    };
  }

  #halfOf(flow: string): DeliveryHalf {
    const found = this.#flows.find(({ name }) => name === flow);
    if (found === undefined) throw new Error(`there is no flow ${flow}`);
    return found.half;
  }
}

import type { DeliveryHalf } from "@sewer/flow";
import type { Config } from "../config/config.ts";
import { MetricsRegistry } from "../metrics.ts";
import { FlowSet } from "../runtime/flow-set.ts";
import type { ProgramOptions } from "../runtime/program.ts";
import { DeliveryFlow } from "./delivery-flow.ts";
import type { Answers, FlowAddresses, Notice, Order } from "./messages.ts";
import type { Work } from "./work.ts";

/** Delivers what the ingest processes have sealed, for all flows. */
export class DeliveryWork implements Work {
  readonly answers: Answers;
  readonly #flows: FlowSet<DeliveryFlow>;
  readonly #metrics = new MetricsRegistry();

  constructor(config: Config, options: ProgramOptions, notify: (notice: Notice) => void) {
    const { baseDir } = config;
    this.#flows = new FlowSet(
      config.flows,
      (flow) => {
        const { name } = flow;
        const running = new DeliveryFlow(flow, { ...options, baseDir, metrics: this.#metrics.forFlow(name) });
        running.half.onFreed(() => notify({ type: "freed", flow: name }));
        return running;
      },
      options.logger,
    );
    this.answers = {
      report: () => ({
        samples: this.#metrics.samples(),
        ingest: [],
        delivery: this.#flows.all.map(({ name, half }) => ({ flow: name, status: half.status() })),
      }),
      undelivered: ({ flow, begun }) => this.#halfOf(flow).undelivered(begun),
      retryNow: ({ flow, options: which }) => this.#halfOf(flow).retryNow(which),
    };
  }

  async open(): Promise<readonly FlowAddresses[]> {
    await this.#flows.open();
    return [];
  }

  heard(order: Extract<Order, { type: "sealed" | "freed" }>): void {
    // A flow that has just been taken out of the config may still seal what it had.
    if (order.type === "sealed") this.#flows.find(order.flow)?.half.poke(order.batchId);
  }

  reload(before: Config, after: Config): Promise<void> {
    return this.#flows.reload(before, after);
  }

  close(budgetMs: number): Promise<readonly unknown[]> {
    return this.#flows.close({ graceMs: 0, deliverMs: budgetMs });
  }

  #halfOf(flow: string): DeliveryHalf {
    const found = this.#flows.find(flow);
    if (found === undefined) throw new Error(`there is no flow ${flow}`);
    return found.half;
  }
}

import { isDeepStrictEqual } from "node:util";
import { DeliveryHalf } from "@sewer/flow";
import type { FlowConfig } from "../config/config.ts";
import { createSinks } from "../runtime/components.ts";
import type { CloseBudget, RunningFlow } from "../runtime/flow-set.ts";
import type { WholeFlowOptions } from "../runtime/whole-flow.ts";

/** The half of a flow that delivers. */
export class DeliveryFlow implements RunningFlow {
  readonly name: string;
  readonly half: DeliveryHalf;
  readonly #options: WholeFlowOptions;
  #config: FlowConfig;

  constructor(config: FlowConfig, options: WholeFlowOptions) {
    const { name, spool, spoolDir, retry } = config;
    this.name = name;
    this.#options = options;
    this.#config = config;
    this.half = new DeliveryHalf({
      ...options,
      name,
      spool,
      spoolDir,
      retry,
      sinks: this.#createSinks(config),
    });
  }

  get isWell(): boolean {
    return this.half.state === "flowing";
  }

  async open(): Promise<void> {
    await this.half.open();
    this.half.start();
  }

  async reconfigure(config: FlowConfig): Promise<void> {
    const former = this.#config;
    this.#config = config;
    const isSame = isDeepStrictEqual({ ...former, source: config.source }, config);
    if (isSame && this.isWell) return;
    const { spool, retry } = config;
    await this.half.reconfigure({ spool, retry, sinks: this.#createSinks(config) });
  }

  close({ deliverMs }: CloseBudget): Promise<void> {
    return this.half.close({ deliverMs });
  }

  #createSinks({ name, sinks }: FlowConfig): ReturnType<typeof createSinks> {
    return createSinks(sinks, { ...this.#options, flow: name });
  }
}

import type { Config } from "../config/config.ts";
import type { Order, Answers, FlowAddresses } from "./messages.ts";

/** What one process runs: the same half of several flows. */
export interface Work {
  readonly answers: Answers;
  /** @throws what could not be opened, after everything else was closed again. */
  open(): Promise<readonly FlowAddresses[]>;
  /** Something happened in another process. */
  heard(order: Extract<Order, { type: "sealed" | "freed" }>): void;
  /** Goes from one config to another; see {@link FlowSet.reload}. */
  reload(before: Config, after: Config): Promise<void>;
  /** @returns the failures, which are logged; none when all closed as it should. */
  close(budgetMs: number): Promise<readonly unknown[]>;
}

import { isDeepStrictEqual } from "node:util";
import { SewerError, type Logger } from "@sewer/core";
import { HttpSource } from "@sewer/source-http";
import type { Config, FlowConfig } from "../config/config.ts";
import { pixelErrors } from "../errors.ts";

/** What a flow, or a half of one, is closed with, in milliseconds. */
export interface CloseBudget {
  /** For the source's work under way. */
  readonly graceMs: number;
  /** For batches. */
  readonly deliverMs: number;
}

/** One flow of this process, or the half of it that runs here. */
export interface RunningFlow {
  readonly name: string;
  /** False when it gave up: then only closing and opening brings it back. */
  readonly isWell: boolean;
  open(signal?: AbortSignal): Promise<void>;
  /**
   * Goes on with a config of the same ports and the same spool directory.
   *
   * @throws what cannot be had; a call with the former config brings back what was.
   */
  reconfigure(config: FlowConfig): Promise<void>;
  close(budget: CloseBudget): Promise<void>;
}

/** The flows of one process: opened and closed together, and changed one by one. */
export class FlowSet<Running extends RunningFlow> {
  readonly #create: (config: FlowConfig) => Running;
  readonly #logger: Logger;
  #flows: ReadonlyMap<string, Running> = new Map();

  /** @param create makes a flow, which takes nothing before it is opened. */
  constructor(configs: readonly FlowConfig[], create: (config: FlowConfig) => Running, logger: Logger) {
    this.#create = create;
    this.#logger = logger;
    this.#flows = new Map(configs.map((config) => [config.name, create(config)]));
  }

  /** In the order of the config. */
  get all(): readonly Running[] {
    return [...this.#flows.values()];
  }

  find(name: string): Running | undefined {
    return this.#flows.get(name);
  }

  /** Opens one after the other. @throws what could not be opened, after the others were closed again. */
  async open(signal?: AbortSignal): Promise<void> {
    const begun: Running[] = [];
    try {
      for (const flow of this.all) {
        signal?.throwIfAborted();
        begun.push(flow);
        await flow.open(signal);
      }
    } catch (error) {
      await Promise.allSettled(begun.map((flow) => flow.close({ graceMs: 0, deliverMs: 0 })));
      throw error;
    }
  }

  /** Closes all side by side, each whatever the others say. @returns the failures, which are logged. */
  async close(budget: CloseBudget): Promise<readonly unknown[]> {
    const { all } = this;
    const results = await Promise.allSettled(all.map((flow) => flow.close(budget)));
    return results.flatMap((result, index) => {
      if (result.status === "fulfilled") return [];
      const fields = { flow: all[index]?.name, error: result.reason as unknown };
      this.#logger.error(fields, "the flow did not close cleanly");
      return [fields.error];
    });
  }

  /**
   * Goes from one config to another. A flow that is the same in both is not touched; one that has kept its ports and its
   * spool directory goes on without a pause; the others are closed first, then opened.
   *
   * @throws what failed, once everything is again as it was before; `SEWER_RELOAD_HALF` when that failed, too.
   */
  async reload(before: Pick<Config, "flows" | "stop">, after: Pick<Config, "flows" | "stop">): Promise<void> {
    const undo: (() => Promise<void>)[] = [];
    const former = this.#flows;
    const plan = planOf(before.flows, after.flows, (name) => former.get(name)?.isWell === true);
    const { graceful: graceMs, deliver: deliverMs } = before.stop;
    const next = new Map(former);
    let order = before.flows;
    const begin = async (config: FlowConfig): Promise<void> => {
      const flow = this.#create(config);
      await flow.open();
      next.set(config.name, flow);
    };
    const end = async (config: FlowConfig, budget: CloseBudget): Promise<void> => {
      const flow = next.get(config.name);
      next.delete(config.name);
      await flow?.close(budget);
    };
    try {
      for (const { config, isMoved } of plan.closing) {
        undo.push(() => begin(config));
        // What waits in a directory that is left is delivered now or by nobody; else the same flow goes on with it.
        await end(config, { graceMs, deliverMs: isMoved ? deliverMs : 0 }).catch((error: unknown) => {
          this.#logger.error({ flow: config.name, error }, "the flow did not close cleanly");
        });
      }
      for (const { from, to } of plan.changing) {
        undo.push(async () => next.get(from.name)?.reconfigure(from));
        await next.get(to.name)?.reconfigure(to);
      }
      for (const config of plan.opening) {
        await begin(config);
        undo.push(() => end(config, { graceMs: 0, deliverMs: 0 }));
      }
      order = after.flows;
    } catch (error) {
      await this.#undo(undo, error);
      throw error;
    } finally {
      this.#flows = new Map(order.flatMap(({ name }) => entryOf(next, name)));
    }
  }

  async #undo(steps: readonly (() => Promise<void>)[], cause: unknown): Promise<void> {
    const failures: unknown[] = [];
    for (const step of steps.toReversed()) await step().catch((error: unknown) => failures.push(error));
    if (failures.length === 0) return;
    for (const error of failures) this.#logger.error({ error }, "a change of config could not be undone");
    const message = `${textOf(cause)}; what was before could not be brought back: ${failures.map(textOf).join("; ")}. Mend it and reload again, or restart`;
    throw new SewerError(pixelErrors.reloadHalf, message, { cause });
  }
}

interface Plan {
  /** These end: for good, or to be opened again. */
  readonly closing: readonly { readonly config: FlowConfig; readonly isMoved: boolean }[];
  readonly changing: readonly { readonly from: FlowConfig; readonly to: FlowConfig }[];
  readonly opening: readonly FlowConfig[];
}

function planOf(
  before: readonly FlowConfig[],
  after: readonly FlowConfig[],
  isWell: (name: string) => boolean,
): Plan {
  const later = new Map(after.map((config) => [config.name, config]));
  const kept = before.flatMap((from) => {
    const to = later.get(from.name);
    return to !== undefined && isWell(from.name) && canGoOn(from, to) ? [{ from, to }] : [];
  });
  const isKept = new Set(kept.map(({ from }) => from.name));
  const closing = before
    .filter(({ name }) => !isKept.has(name))
    .map((config) => ({ config, isMoved: later.get(config.name)?.spoolDir !== config.spoolDir }));
  return {
    closing,
    changing: kept.filter(({ from, to }) => !isDeepStrictEqual(from, to)),
    opening: after.filter(({ name }) => !isKept.has(name)),
  };
}

function canGoOn(from: FlowConfig, to: FlowConfig): boolean {
  return from.spoolDir === to.spoolDir && HttpSource.isSamePorts(from.source, to.source);
}

function entryOf<Value>(map: ReadonlyMap<string, Value>, key: string): [string, Value][] {
  const value = map.get(key);
  return value === undefined ? [] : [[key, value]];
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

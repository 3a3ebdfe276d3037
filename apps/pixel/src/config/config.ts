import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import type { ResolvedConfigOptions, ResolvedFlowOptions, ResolvedSinkOptions } from "./config-schema.ts";

/** One flow, ready to be built. */
export interface FlowConfig {
  readonly name: string;
  readonly source: ResolvedFlowOptions["source"] & { readonly processes: number };
  readonly spool: ResolvedFlowOptions["spool"];
  /** Absolute. */
  readonly spoolDir: string;
  readonly retry: ResolvedFlowOptions["retry"];
  readonly sinks: ReadonlyMap<string, ResolvedSinkOptions>;
}

/** A valid config. */
export interface Config {
  /** The file as the user named it. */
  readonly file: string;
  /** Absolute directory that relative paths start from. */
  readonly baseDir: string;
  readonly admin: ResolvedConfigOptions["admin"];
  readonly graphite: ResolvedConfigOptions["graphite"];
  readonly log: ResolvedConfigOptions["log"];
  readonly stop: ResolvedConfigOptions["stop"];
  readonly flows: readonly FlowConfig[];
}

/** Brings what the schema read into the form that the program is built from. */
export function configOf(file: string, baseDir: string, options: ResolvedConfigOptions): Config {
  const flows = Object.entries(options.flows).map(([name, flow]) => ({
    name,
    source: { ...flow.source, processes: processesOf(flow.source.processes) },
    spool: flow.spool,
    spoolDir: resolve(baseDir, flow.spool.dir ?? `data/spool/${name}`),
    retry: flow.retry,
    sinks: new Map(
      flow.sink === undefined ? Object.entries(flow.sinks ?? {}) : [["main", flow.sink] as const],
    ),
  }));
  const { admin, graphite, log, stop } = options;
  return { file, baseDir, admin, graphite, log, stop, flows };
}

/** `auto` leaves one core to delivery and everything else. */
function processesOf(processes: number | "auto"): number {
  return processes === "auto" ? Math.max(1, availableParallelism() - 1) : processes;
}

import { resolve } from "node:path";
import { isatty } from "node:tty";
import {
  isSewerError,
  noMetrics,
  parseDuration,
  systemClock,
  systemRandom,
  type SewerError,
} from "@sewer/core";
import { nodeFileSystem } from "@sewer/core/node";
import { spoolErrors } from "@sewer/spool";
import type { Config, FlowConfig } from "../config/config.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { createLogger } from "../logging.ts";
import { replaySpool, type ReplayResult } from "../replay/replay-spool.ts";
import { createSinksOf } from "../runtime/components.ts";
import { listenForStop } from "../runtime/stop-signals.ts";
import { Progress } from "./progress.ts";
import { readConfig } from "./read-config.ts";
import { replayJson, replayText, whatIsLeft } from "./replay-lines.ts";
import type { Terminal } from "./terminal.ts";

/** What `sewer replay` is asked for. */
export interface ReplayCommandOptions {
  readonly config?: string;
  readonly flow?: string;
  readonly sink?: string;
  readonly quarantine?: boolean;
  readonly deliverTimeout?: string;
  readonly json?: boolean;
}

/** Delivers what lies in a spool directory through the sinks of a config, until nothing is left. */
export async function replay(
  directory: string,
  options: ReplayCommandOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const config = await readConfig(options, terminal);
  const chosen = choiceOf(config, options);
  if (typeof chosen === "string") {
    terminal.stderr.write(`sewer: ${chosen}\n`);
    return exitCodes.usage;
  }
  const { flow, deliverMs } = chosen;
  const logger = createLogger({ level: "warn", format: isatty(2) ? "pretty" : "json" });
  const stop = listenForStop({ logger });
  const surroundings = { clock: systemClock, random: systemRandom, fs: nodeFileSystem, logger };
  const sinkOptions = new Map(
    [...flow.sinks].filter(([name]) => options.sink === undefined || name === options.sink),
  );
  const progress = new Progress(terminal.stderr, systemClock);
  try {
    const replayed = await replaySpool({
      ...surroundings,
      name: flow.name,
      spool: flow.spool,
      spoolDir: resolve(terminal.cwd, directory),
      retry: flow.retry,
      sinks: createSinksOf({ name: flow.name, sinks: sinkOptions }, config.baseDir, logger),
      metrics: noMetrics,
      withQuarantine: options.quarantine === true,
      deliverMs,
      progress: (status) => progress.show(progressText(status)),
      signal: stop,
    });
    progress.clear();
    const lines = options.json === true ? replayJson(flow.name, replayed) : replayText(flow.name, replayed);
    for (const line of lines) terminal.stdout.write(`${line}\n`);
    const left = whatIsLeft(replayed, options.sink);
    for (const line of left) terminal.stderr.write(`sewer: left: ${line}\n`);
    return left.length === 0 ? exitCodes.ok : exitCodes.io;
  } catch (error) {
    progress.clear();
    if (!isSewerError(error)) throw error;
    terminal.stderr.write(`sewer: ${error.message}\n`);
    return exitCodeOf(error);
  }
}

function exitCodeOf({ code }: SewerError): ExitCode {
  return code === spoolErrors.locked || code === spoolErrors.notWritable ? exitCodes.startUp : exitCodes.io;
}

/** @returns a sentence when the options fit no flow of the config. */
function choiceOf(
  { flows }: Config,
  { flow: name, sink, deliverTimeout }: ReplayCommandOptions,
): { readonly flow: FlowConfig; readonly deliverMs: number } | string {
  const names = flows.map((flow) => flow.name).join(", ");
  if (name === undefined && flows.length > 1)
    return `the config has several flows; choose one with --flow: ${names}`;
  const flow = flows.find((each) => name === undefined || each.name === name);
  if (flow === undefined) return `the config has no flow ${name}; it has: ${names}`;
  if (sink !== undefined && !flow.sinks.has(sink)) {
    return `flow ${flow.name} has no sink ${sink}; it has: ${[...flow.sinks.keys()].join(", ")}`;
  }
  const deliverMs =
    deliverTimeout === undefined ? Infinity : parseDuration(deliverTimeout, { addIssue() {} });
  if (Number.isNaN(deliverMs))
    return `--deliver-timeout takes a duration like 30s or 2h, not ${deliverTimeout}`;
  return { flow, deliverMs };
}

function progressText({ sinks, spool }: ReplayResult["status"]): string {
  return sinks
    .map(({ name, delivered, lastFailure, isFailing }) => {
      const onDisk = spool?.sinks[name]?.onDisk.batches ?? 0;
      const failure = isFailing && lastFailure !== undefined ? `, failing: ${lastFailure.code}` : "";
      return `${name}: ${delivered} batches delivered, ${onDisk} on disk${failure}`;
    })
    .join("; ");
}

import { resolve } from "node:path";
import { systemClock } from "@sewer/core";
import { nodeFileSystem } from "@sewer/core/node";
import {
  exportBatch,
  inspectSpool,
  requeueBatches,
  type BatchState,
  type InspectedBatch,
} from "@sewer/spool";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { LineWriter } from "./line-writer.ts";
import { reporting, spoolDirectories } from "./spool-directories.ts";
import { spoolJson, spoolTable, type SpoolLines } from "./spool-lines.ts";
import type { Terminal } from "./terminal.ts";

const fs = nodeFileSystem;

/** What `sewer spool ls` is asked for. */
export interface SpoolListOptions {
  readonly config?: string;
  readonly json?: boolean;
  /** Only batches in this state are listed; the totals are of all. */
  readonly state?: BatchState;
}

/** Lists what lies in one spool directory, or in those of a config. Works beside a running server. */
export async function spoolList(
  directory: string | undefined,
  options: SpoolListOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const directories = await spoolDirectories(directory, options, terminal);
  const output = new LineWriter(terminal.stdout);
  const lines = options.json === true ? spoolJson(systemClock) : spoolTable(systemClock);
  let code: ExitCode = exitCodes.ok;
  for (const dir of directories) {
    const failure = await reporting(terminal, () => listOne(dir, { lines, output, state: options.state }));
    if (output.isClosed) return exitCodes.ok;
    if (failure !== undefined) code = failure;
  }
  await output.flush();
  return code;
}

/** Moves batches from quarantine back to their sinks. No server may deliver from the spool meanwhile. */
export async function spoolRequeue(
  directory: string,
  batchIds: readonly string[],
  options: { readonly sink?: string },
  terminal: Terminal,
): Promise<ExitCode> {
  const dir = resolve(terminal.cwd, directory);
  const failure = await reporting(terminal, async () => {
    for (const { batchId, sink } of await requeueBatches(dir, batchIds, { fs, ...options })) {
      terminal.stdout.write(`${batchId} waits for sink ${sink}\n`);
    }
  });
  return failure ?? exitCodes.ok;
}

/** Copies the segments of batches out of a spool, wherever in it they lie. */
export async function spoolExport(
  directory: string,
  batchIds: readonly string[],
  options: { readonly to: string },
  terminal: Terminal,
): Promise<ExitCode> {
  const dir = resolve(terminal.cwd, directory);
  const failure = await reporting(terminal, async () => {
    const missing = new Set(batchIds);
    for await (const { batchId, path } of inspectSpool(dir, { fs })) {
      if (!missing.delete(batchId)) continue;
      const copy = await exportBatch(path, resolve(terminal.cwd, options.to), { fs });
      terminal.stdout.write(`${copy}\n`);
      if (missing.size === 0) break;
    }
    for (const id of missing) terminal.stderr.write(`sewer: ${dir}: there is no batch ${id}\n`);
    return missing.size === 0;
  });
  return failure ?? exitCodes.ok;
}

interface Listing {
  readonly lines: SpoolLines;
  readonly output: LineWriter;
  readonly state: BatchState | undefined;
}

async function listOne(dir: string, { lines, output, state }: Listing): Promise<void> {
  const inspection = inspectSpool(dir, { fs });
  const batches = inspection[Symbol.asyncIterator]();
  // Nothing is printed of a directory that turns out to be no spool.
  for (let next = await batches.next(), isFirst = true; ; next = await batches.next()) {
    if (isFirst) for (const line of lines.head(dir)) await output.write(line);
    isFirst = false;
    if (next.done === true || output.isClosed) break;
    const batch: InspectedBatch = next.value;
    if (state === undefined || batch.state === state) await output.write(lines.batch(dir, batch));
  }
  await batches.return?.();
  for (const line of lines.totals(dir, inspection.totals)) await output.write(line);
}

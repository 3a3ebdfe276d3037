import { systemClock } from "@sewer/core";
import { nodeFileSystem } from "@sewer/core/node";
import type { WokenSink } from "@sewer/flow";
import { decodeRetryState } from "@sewer/retry";
import { inspectSpool, readAttempts } from "@sewer/spool";
import type { RetryReport } from "../admin/retry.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { askAdmin } from "./ask-admin.ts";
import { LineWriter } from "./line-writer.ts";
import { readConfig } from "./read-config.ts";
import { retryJson, retryTable, type FailedBatch } from "./retry-lines.ts";
import { reporting, spoolDirectories } from "./spool-directories.ts";
import type { Terminal } from "./terminal.ts";

const fs = nodeFileSystem;

/** Lists the batches that were tried and not delivered, those in quarantine too. Works beside a running server. */
export async function retryList(
  directory: string | undefined,
  options: { readonly config?: string; readonly json?: boolean },
  terminal: Terminal,
): Promise<ExitCode> {
  const directories = await spoolDirectories(directory, options, terminal);
  const output = new LineWriter(terminal.stdout);
  const lines = options.json === true ? retryJson(systemClock) : retryTable(systemClock);
  let code: ExitCode = exitCodes.ok;
  let isFirst = true;
  for (const dir of directories) {
    const failure = await reporting(terminal, async () => {
      for await (const failed of failedBatches(dir)) {
        if (isFirst) for (const line of lines.head) await output.write(line);
        isFirst = false;
        await output.write(lines.batch(failed));
        if (output.isClosed) return;
      }
    });
    if (output.isClosed) return exitCodes.ok;
    code = failure ?? code;
  }
  await output.flush();
  return code;
}

async function* failedBatches(spool: string): AsyncGenerator<FailedBatch, void, undefined> {
  for await (const batch of inspectSpool(spool, { fs })) {
    const { state, sink, batchId } = batch;
    if (state === "quarantined") yield { spool, batch, attempts: undefined };
    if (state !== "waiting" || sink === undefined) continue;
    const bytes = await readAttempts(spool, { sink, batchId }, { fs });
    const attempts = bytes && decodeRetryState(bytes);
    if (attempts === undefined) continue;
    // An attempt may be under way just now; that alone is no failure.
    if (attempts.lastError !== undefined || attempts.unfinished > 1) yield { spool, batch, attempts };
  }
}

/** Has the running server try now what waits after a failure. */
export async function retryNow(
  batchIds: readonly string[],
  options: { readonly config?: string; readonly sink?: string },
  terminal: Terminal,
): Promise<ExitCode> {
  const { flows, admin } = await readConfig(options, terminal);
  const { sink } = options;
  if (sink !== undefined && !flows.some(({ sinks }) => sinks.has(sink))) {
    terminal.stderr.write(`sewer: no flow of the config has a sink ${sink}\n`);
    return exitCodes.usage;
  }
  const body = JSON.stringify({
    ...(sink !== undefined && { sink }),
    ...(batchIds.length > 0 && { batchIds }),
  });
  const question = { path: "/retry", list: "sinks", body };
  const answer = await askAdmin<RetryReport>(admin, question);
  const { sinks } = answer.report;
  for (const woken of sinks) for (const line of wokenLines(woken)) terminal.stdout.write(`${line}\n`);
  const woken = new Set(sinks.flatMap((one) => one.batchIds));
  const missing = batchIds.filter((id) => !woken.has(id));
  for (const id of missing) {
    terminal.stderr.write(
      `sewer: ${id} does not wait after a failure; "sewer retry ls" tells what does, "sewer replay --quarantine" delivers what is in quarantine\n`,
    );
  }
  return missing.length === 0 ? exitCodes.ok : exitCodes.io;
}

function* wokenLines({ flow, sink, batchIds, isProbed }: WokenSink): Generator<string> {
  const probe = isProbed ? ", the sink is tried now" : "";
  yield `flow ${flow}, sink ${sink}: ${batchIds.length} batches are due now${probe}`;
  for (const id of batchIds) yield `  ${id}`;
}

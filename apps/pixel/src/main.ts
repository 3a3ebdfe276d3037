#!/usr/bin/env node
import cluster from "node:cluster";
import { runCommandLine } from "./cli/command-line.ts";
import type { ExitCode } from "./exit-codes.ts";
import { endOnCrash } from "./runtime/crash.ts";

endOnCrash((error) => {
  process.stderr.write(`sewer: internal error: ${error instanceof Error ? error.stack : String(error)}\n`);
});
// A reader that went away (`sewer ... | head`) is no failure of ours.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

const code = cluster.isWorker ? await runWorker() : await runCommand();
// What a pipe has not taken yet goes out before the end.
await new Promise<void>((resolve) => {
  process.stdout.write("", () => resolve());
});
process.exit(code);

/** One of the processes of a `sewer start`. */
async function runWorker(): Promise<ExitCode> {
  const { runProcess } = await import("./processes/run-process.ts");
  return runProcess();
}

function runCommand(): Promise<ExitCode> {
  return runCommandLine(process.argv.slice(2), {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
  });
}

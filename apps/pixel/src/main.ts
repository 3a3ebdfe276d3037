#!/usr/bin/env node
import { runCommandLine } from "./cli/command-line.ts";
import { endOnCrash } from "./runtime/crash.ts";

endOnCrash((error) => {
  process.stderr.write(`sewer: internal error: ${error instanceof Error ? error.stack : String(error)}\n`);
});
// A reader that went away (`sewer ... | head`) is no failure of ours.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

const code = await runCommandLine(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
});
// What a pipe has not taken yet goes out before the end.
await new Promise<void>((resolve) => {
  process.stdout.write("", () => resolve());
});
process.exit(code);

import type { Command } from "commander";
import type { ExitCode } from "../exit-codes.ts";
import type { ReplayCommandOptions } from "./replay.ts";
import type { Terminal } from "./terminal.ts";
import type { VerifyOptions } from "./verify.ts";

/** The commands about what was delivered, and what was not: `verify`, `replay`, `retry`. */
export function addDeliveryCommands(
  program: Command,
  terminal: Terminal,
  done: (code: ExitCode) => void,
): void {
  addVerify(program, terminal, done);
  addReplay(program, terminal, done);
  addRetryCommands(program.command("retry").description("Batches that failed."), terminal, done);
}

function addVerify(program: Command, terminal: Terminal, done: (code: ExitCode) => void): void {
  program
    .command("verify")
    .description("Compares receipts with the destination; exit code 4 when something differs.")
    .option("-c, --config <file>", "flow config whose receipts are compared")
    .option("--flow <flow>", "only this flow")
    .option("--sink <sink>", "only this sink")
    .option("--since <time>", "only what was delivered since: 7d, or 2026-11-05 (UTC)")
    .option("--quick", "length and checksum only; records are not counted")
    .option("--json", "one JSON object a line: receipts, what is in quarantine, then totals")
    .action(async (options: VerifyOptions) => {
      const { verify } = await import("./verify.ts");
      done(await verify(options, terminal));
    });
}

function addReplay(program: Command, terminal: Terminal, done: (code: ExitCode) => void): void {
  program
    .command("replay")
    .description(
      "Delivers what lies in a spool directory, such as a dead machine's. Its server must not run.",
    )
    .argument("<directory>", "spool directory")
    .option("-c, --config <file>", "flow config whose sinks deliver")
    .option("--flow <flow>", "the flow that wrote it; needed when the config has several")
    .option("--sink <sink>", "only to this sink")
    .option("--quarantine", "deliver what is in quarantine, too")
    .option("--deliver-timeout <duration>", "stop after this time; default: when nothing is left")
    .option("--json", "one JSON object a line")
    .action(async (directory: string, options: ReplayCommandOptions) => {
      const { replay } = await import("./replay.ts");
      done(await replay(directory, options, terminal));
    });
}

function addRetryCommands(retry: Command, terminal: Terminal, done: (code: ExitCode) => void): void {
  retry
    .command("ls")
    .description("Lists batches that failed or are in quarantine. Reads only; works beside a running server.")
    .argument("[directory]", "spool directory; default: those of the config")
    .option("-c, --config <file>", "flow config whose spools are listed")
    .option("--json", "one JSON object a line")
    .action(async (directory: string | undefined, options: { config?: string; json?: boolean }) => {
      const { retryList } = await import("./retry.ts");
      done(await retryList(directory, options, terminal));
    });
  retry
    .command("now")
    .description("Has the running server try now what waits after a failure.")
    .argument("[batch...]", "only these batches; default: all")
    .option("-c, --config <file>", "flow config that the server runs with")
    .option("--sink <sink>", "only those that wait for this sink")
    .action(async (batches: string[], options: { config?: string; sink?: string }) => {
      const { retryNow } = await import("./retry.ts");
      done(await retryNow(batches, options, terminal));
    });
}

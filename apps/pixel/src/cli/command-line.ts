import { parseDuration } from "@sewer/core";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { version } from "../version.ts";
import { CommandFailure } from "./command-failure.ts";
import { addConfigCommands } from "./config-commands.ts";
import { addDeliveryCommands } from "./delivery-commands.ts";
import { addServerCommands } from "./server-commands.ts";
import type { SpoolListOptions } from "./spool.ts";
import type { StartOptions } from "./start.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Runs one command line. Commands are loaded when they are called: `cat` needs nothing of what `start`
 * needs, and the other way round.
 *
 * @param args without the program's own name.
 * @returns the exit code.
 */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let code: ExitCode = exitCodes.ok;
  const program = programOf(terminal, (result) => {
    code = result;
  });
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommandFailure) {
      for (const line of error.lines) terminal.stderr.write(`${line}\n`);
      return error.exitCode;
    }
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  }
  return code;
}

function programOf(terminal: Terminal, done: (code: ExitCode) => void): Command {
  const program = new Command("sewer")
    .description("A pixel server that loses nothing: HTTP in, local disk first, SequenceFiles out.")
    .version(version, "-V, --version")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
    })
    .showHelpAfterError("(sewer --help tells more)")
    .allowExcessArguments(false);
  const configOption = [
    "-c, --config <file>",
    "flow config, a file or a URL; default: $SEWER_CONFIG, ./sewer.yaml, or the embedded one",
  ] as const;

  program
    .command("start")
    .description("Runs all flows in the foreground until SIGTERM or SIGINT.")
    .option(...configOption)
    .addOption(
      new Option("--poll <duration>", "how often the server of a URL is asked whether the config changed")
        .argParser(pollInterval)
        .default(30_000, "30s"),
    )
    .action(async (options: StartOptions) => {
      const { start } = await import("./start.ts");
      done(await start(options, terminal));
    });
  program
    .command("check")
    .description("Validates a config: FILE:LINE:COL: message for each error, exit code 2.")
    .option(...configOption)
    .option("--connect", "open the sinks too; exit code 3 when one fails")
    .action(async (options: { config?: string; connect?: boolean }) => {
      const { check } = await import("./check.ts");
      done(await check(options, terminal));
    });
  program
    .command("cat")
    .description("Prints SequenceFiles, spool segments and JSON files as one JSON object a line.")
    .argument("<file...>", "local path or webhdfs://[user@]host:port/path")
    .option("--raw", "the serialized bytes of key and value as hex")
    .action(async (files: string[], options: { raw?: boolean }) => {
      const { cat } = await import("./cat.ts");
      done(await cat(files, options, terminal));
    });
  addServerCommands(program, terminal, done);
  addConfigCommands(program, terminal, done);
  addDeliveryCommands(program, terminal, done);
  addSpoolCommands(program.command("spool").description("Looks into a spool directory."), terminal, done);
  return program;
}

function pollInterval(text: string): number {
  const ms = parseDuration(text, { addIssue() {} });
  // More often serves nobody, and a day is a day.
  if (ms >= 1000 && ms <= 86_400_000) return ms;
  throw new InvalidArgumentError("Expected a duration from 1s to 24h.");
}

function addSpoolCommands(spool: Command, terminal: Terminal, done: (code: ExitCode) => void): void {
  const states = ["open", "sealed", "waiting", "delivered", "quarantined", "damaged", "newer"];
  spool
    .command("ls")
    .description("Lists batches by state. Reads only; works beside a running server.")
    .argument("[directory]", "spool directory; default: those of the config")
    .option("-c, --config <file>", "flow config whose spools are listed")
    .option("--json", "one JSON object a line: batches, then totals")
    .addOption(new Option("--state <state>", "only batches in this state").choices(states))
    .action(async (directory: string | undefined, options: SpoolListOptions) => {
      const { spoolList } = await import("./spool.ts");
      done(await spoolList(directory, options, terminal));
    });
  spool
    .command("requeue")
    .description("Moves batches from quarantine back to their sinks. Stop the server before.")
    .argument("<directory>", "spool directory")
    .argument("<batch...>", "batch ids")
    .option("--sink <sink>", "only from the quarantine of this sink")
    .action(async (directory: string, batches: string[], options: { sink?: string }) => {
      const { spoolRequeue } = await import("./spool.ts");
      done(await spoolRequeue(directory, batches, options, terminal));
    });
  spool
    .command("export")
    .description("Copies the segment files of batches; the spool stays as it is.")
    .argument("<directory>", "spool directory")
    .argument("<batch...>", "batch ids")
    .requiredOption("--to <directory>", "where the copies go; it must exist")
    .action(async (directory: string, batches: string[], options: { to: string }) => {
      const { spoolExport } = await import("./spool.ts");
      done(await spoolExport(directory, batches, options, terminal));
    });
}

import { resolve } from "node:path";
import { isSewerError } from "@sewer/core";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { CommandFailure } from "./command-failure.ts";
import { readConfig } from "./read-config.ts";
import type { Terminal } from "./terminal.ts";

/**
 * The spool directory that a command names, or those of a config.
 *
 * @throws CommandFailure that tells why there are none.
 */
export async function spoolDirectories(
  directory: string | undefined,
  options: { readonly config?: string },
  terminal: Terminal,
): Promise<readonly string[]> {
  if (directory !== undefined && options.config !== undefined) {
    throw new CommandFailure(exitCodes.usage, ["sewer: name a spool directory or a config, not both"]);
  }
  if (directory !== undefined) return [resolve(terminal.cwd, directory)];
  const { flows } = await readConfig(options, terminal);
  return flows.map((flow) => flow.spoolDir);
}

/** @returns the exit code when `step` fails as the file system may, or says false. */
export async function reporting(
  terminal: Terminal,
  step: () => Promise<void | boolean>,
): Promise<ExitCode | undefined> {
  try {
    return (await step()) === false ? exitCodes.io : undefined;
  } catch (error) {
    if (!isSewerError(error)) throw error;
    terminal.stderr.write(`sewer: ${error.message}\n`);
    return exitCodes.io;
  }
}

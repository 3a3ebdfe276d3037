import { resolve } from "node:path";
import { isSewerError } from "@sewer/core";
import { loadConfig } from "../config/load-config.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { reportProblems } from "./check.ts";
import type { Terminal } from "./terminal.ts";

/** The spool directory that a command names, or those of a config; an exit code when it is told why there are none. */
export async function spoolDirectories(
  directory: string | undefined,
  options: { readonly config?: string },
  terminal: Terminal,
): Promise<readonly string[] | ExitCode> {
  if (directory !== undefined && options.config !== undefined) {
    terminal.stderr.write("sewer: name a spool directory or a config, not both\n");
    return exitCodes.usage;
  }
  if (directory !== undefined) return [resolve(terminal.cwd, directory)];
  const result = await loadConfig({ file: options.config, env: terminal.env, cwd: terminal.cwd });
  if (!result.ok) return reportProblems(result.problems, terminal);
  return result.config.flows.map((flow) => flow.spoolDir);
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

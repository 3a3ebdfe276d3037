import { formatProblem } from "../config/config-problem.ts";
import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load-config.ts";
import { exitCodes } from "../exit-codes.ts";
import { CommandFailure } from "./command-failure.ts";
import type { Terminal } from "./terminal.ts";

/**
 * The config that a command works with.
 *
 * @param options.config what `-c` names.
 * @throws CommandFailure that tells everything that is wrong with it.
 */
export async function readConfig(
  options: { readonly config?: string },
  { env, cwd }: Terminal,
): Promise<Config> {
  const result = await loadConfig({ file: options.config, env, cwd });
  if (!result.ok) throw new CommandFailure(exitCodes.config, result.problems.map(formatProblem));
  return result.config;
}

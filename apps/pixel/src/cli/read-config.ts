import { isSewerError, systemClock, systemRandom, type SewerError } from "@sewer/core";
import { nodeFileSystem } from "@sewer/core/node";
import { formatProblem } from "../config/config-problem.ts";
import { configSource, type ConfigSource } from "../config/config-source.ts";
import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load-config.ts";
import type { ConfigResult } from "../config/parse-config.ts";
import { exitCodes } from "../exit-codes.ts";
import { CommandFailure } from "./command-failure.ts";
import type { Terminal } from "./terminal.ts";

/**
 * The config that a command works with.
 *
 * @param options.config what `-c` names.
 * @throws CommandFailure that tells everything that is wrong with it.
 */
export function readConfig(options: { readonly config?: string }, { env, cwd }: Terminal): Promise<Config> {
  return orFailure(async () => configIn(await loadConfig({ file: options.config, env, cwd })));
}

/** The config that a server starts with. */
export interface OpenedConfig {
  readonly config: Config;
  /** What the operator must hear about it, as soon as there is a log. */
  readonly warning: SewerError | undefined;
  /** Where it came from, and where it may change. */
  readonly source: ConfigSource;
}

/**
 * The config that a server starts with.
 *
 * @param options.config what `-c` names.
 * @param options.poll how often a server is asked whether it changed, in milliseconds.
 * @throws CommandFailure that tells everything that is wrong with it.
 */
export function openConfig(
  options: { readonly config?: string; readonly poll: number },
  { env, cwd }: Terminal,
): Promise<OpenedConfig> {
  const { config: file, poll: pollMs } = options;
  const surroundings = { clock: systemClock, random: systemRandom, fs: nodeFileSystem, pollMs };
  return orFailure(async () => {
    const source = configSource({ file, env, cwd }, surroundings);
    const reading = await source.read();
    return { config: configIn(reading), warning: reading.warning, source };
  });
}

function configIn(result: ConfigResult): Config {
  if (!result.ok) throw new CommandFailure(exitCodes.config, result.problems.map(formatProblem));
  return result.config;
}

/** A server's config that cannot be had fails the command: it is wrong (2), or nobody answers (3). */
async function orFailure<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!isSewerError(error)) throw error;
    const code = error.retry === "permanent" ? exitCodes.config : exitCodes.io;
    throw new CommandFailure(code, [`sewer: ${error.message}`]);
  }
}

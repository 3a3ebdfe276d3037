import { formatProblem, type ConfigProblem } from "../config/config-problem.ts";
import { loadConfig } from "../config/load-config.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import type { Terminal } from "./terminal.ts";

/** Validates a config and, with `connect`, opens and closes the sinks of its flows. */
export async function check(
  options: { readonly config?: string; readonly connect?: boolean },
  terminal: Terminal,
): Promise<ExitCode> {
  const result = await loadConfig({ file: options.config, env: terminal.env, cwd: terminal.cwd });
  if (!result.ok) return reportProblems(result.problems, terminal);
  const { config } = result;
  if (options.connect === true) {
    const { connectSinks } = await import("../runtime/connect-sinks.ts");
    const failures = await connectSinks(config);
    for (const failure of failures) terminal.stderr.write(`sewer: ${failure}\n`);
    if (failures.length > 0) return exitCodes.io;
  }
  const names = config.flows.map((flow) => flow.name).join(", ");
  terminal.stdout.write(`${config.file}: ok (flows: ${names})\n`);
  return exitCodes.ok;
}

/** One line on stderr for each problem. */
export function reportProblems(problems: readonly ConfigProblem[], terminal: Terminal): ExitCode {
  for (const problem of problems) terminal.stderr.write(`${formatProblem(problem)}\n`);
  return exitCodes.config;
}

import type { StatusReport } from "../admin/status.ts";
import { loadConfig } from "../config/load-config.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { askAdmin } from "./ask-admin.ts";
import { reportProblems } from "./check.ts";
import { statusLines } from "./status-lines.ts";
import type { Terminal } from "./terminal.ts";

/** Asks the admin port of the server that runs this config how it stands. */
export async function status(
  options: { readonly config?: string; readonly json?: boolean },
  terminal: Terminal,
): Promise<ExitCode> {
  const result = await loadConfig({ file: options.config, env: terminal.env, cwd: terminal.cwd });
  if (!result.ok) return reportProblems(result.problems, terminal);
  const answer = await askAdmin(result.config.admin, "/status", reportIn);
  if (typeof answer === "string") {
    terminal.stderr.write(`sewer: the server cannot be reached: ${answer}\n`);
    return exitCodes.io;
  }
  if (options.json === true) terminal.stdout.write(`${answer.text}\n`);
  else for (const line of statusLines(answer.report)) terminal.stdout.write(`${line}\n`);
  return exitCodes.ok;
}

function reportIn(text: string): { readonly text: string; readonly report: StatusReport } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isOurs = typeof value === "object" && value !== null && "v" in value && value.v === 1;
    const hasFlows = isOurs && "flows" in value && Array.isArray(value.flows);
    return hasFlows ? { text, report: value as StatusReport } : undefined;
  } catch {
    return undefined;
  }
}

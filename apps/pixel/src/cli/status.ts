import { isIP } from "node:net";
import type { StatusReport } from "../admin/status.ts";
import { loadConfig } from "../config/load-config.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { reportProblems } from "./check.ts";
import { statusLines } from "./status-lines.ts";
import type { Terminal } from "./terminal.ts";

/** A server that is well answers in milliseconds; one that looks through a slow disk may take some time. */
const answerWithinMs = 15_000;

/** Asks the admin port of the server that runs this config how it stands. */
export async function status(
  options: { readonly config?: string; readonly json?: boolean },
  terminal: Terminal,
): Promise<ExitCode> {
  const result = await loadConfig({ file: options.config, env: terminal.env, cwd: terminal.cwd });
  if (!result.ok) return reportProblems(result.problems, terminal);
  const { admin } = result.config;
  const answer = admin === false ? "the config turns its admin port off (admin: false)" : await ask(admin);
  if (typeof answer === "string") {
    terminal.stderr.write(`sewer: the server cannot be reached: ${answer}\n`);
    return exitCodes.io;
  }
  if (options.json === true) terminal.stdout.write(`${answer.text}\n`);
  else for (const line of statusLines(answer.report)) terminal.stdout.write(`${line}\n`);
  return exitCodes.ok;
}

/** What `/status` answered; a text says why there is none. */
async function ask(admin: {
  readonly host: string;
  readonly port: number;
}): Promise<string | { readonly text: string; readonly report: StatusReport }> {
  const host = reachable(admin.host);
  const url = `http://${isIP(host) === 6 ? `[${host}]` : host}:${admin.port}/status`;
  if (admin.port === 0) return "admin.port is 0, so its port is another at every start; give it a fixed one";
  try {
    const signal = AbortSignal.timeout(answerWithinMs);
    const response = await fetch(url, { signal, redirect: "error" });
    const text = await response.text();
    const report = response.ok ? reportIn(text) : undefined;
    return report === undefined ? `${url} is no status of sewer (HTTP ${response.status})` : { text, report };
  } catch (error) {
    return `${url}: ${reasonOf(error)}; is it running with this config?`;
  }
}

function reportIn(text: string): StatusReport | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isOurs = typeof value === "object" && value !== null && "v" in value && value.v === 1;
    return isOurs && "flows" in value && Array.isArray(value.flows) ? (value as StatusReport) : undefined;
  } catch {
    return undefined;
  }
}

/** Where a port that is bound to every address is reached from this machine. */
function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no answer within ${answerWithinMs / 1000} s`;
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  if (cause?.code === "ECONNREFUSED") return "nothing listens there";
  return cause?.message || error.message;
}

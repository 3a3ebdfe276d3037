import type { StatusReport } from "../admin/status.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { askAdmin } from "./ask-admin.ts";
import { readConfig } from "./read-config.ts";
import { statusLines } from "./status-lines.ts";
import type { Terminal } from "./terminal.ts";

/** Asks the admin port of the server that runs this config how it stands. */
export async function status(
  options: { readonly config?: string; readonly json?: boolean },
  terminal: Terminal,
): Promise<ExitCode> {
  const { admin } = await readConfig(options, terminal);
  const answer = await askAdmin<StatusReport>(admin, { path: "/status", list: "flows" });
  if (options.json === true) terminal.stdout.write(`${answer.text}\n`);
  else for (const line of statusLines(answer.report)) terminal.stdout.write(`${line}\n`);
  return exitCodes.ok;
}

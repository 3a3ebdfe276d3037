import { setTimeout as wait } from "node:timers/promises";
import { systemClock } from "@sewer/core";
import type { StopReport } from "../admin/admin-server.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { askAdmin, isAdminClosed } from "./ask-admin.ts";
import { readConfig } from "./read-config.ts";
import type { Terminal } from "./terminal.ts";

const lookEveryMs = 250;
/** What a stop may take beyond the budget of the config. */
const allowanceMs = 15_000;

/** Has the server that runs this config stop as SIGTERM does, and waits until its admin port is closed. */
export async function stop(
  options: { readonly config?: string; readonly wait: boolean },
  terminal: Terminal,
): Promise<ExitCode> {
  const { admin, stop: budget } = await readConfig(options, terminal);
  const answer = await askAdmin<StopReport>(admin, { path: "/stop", list: "pids", body: "" });
  const pids = answer.report.pids.join(", ");
  if (!options.wait) {
    terminal.stdout.write(`process ${pids}: stopping\n`);
    return exitCodes.ok;
  }
  const limitMs = budget.drainDelay + budget.graceful + budget.deliver + allowanceMs;
  const endMs = systemClock.monotonic() + limitMs;
  // The admin port is the last thing that a server closes.
  while (!(await isAdminClosed(admin))) {
    if (systemClock.monotonic() > endMs) {
      terminal.stderr.write(
        `sewer: process ${pids} still answers after ${limitMs / 1000} s; its log says why\n`,
      );
      return exitCodes.io;
    }
    await wait(lookEveryMs);
  }
  terminal.stdout.write(`process ${pids}: stopped\n`);
  return exitCodes.ok;
}

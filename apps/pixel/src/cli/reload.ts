import type { ReloadOutcome, ReloadReport } from "../runtime/reloader.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { askAdmin } from "./ask-admin.ts";
import { lineText } from "./plain-text.ts";
import { readConfig } from "./read-config.ts";
import type { Terminal } from "./terminal.ts";

/** What `sewer reload` is asked for. */
export interface ReloadOptions {
  readonly config?: string;
  /** Only tells what would change. */
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const codes: Readonly<Record<ReloadOutcome, ExitCode>> = {
  taken: exitCodes.ok,
  unchanged: exitCodes.ok,
  refused: exitCodes.config,
  failed: exitCodes.startUp,
};

const words: Readonly<Record<ReloadOutcome, string>> = {
  taken: "the new config is taken",
  unchanged: "the config has not changed",
  refused: "the new config is refused; what ran before runs on",
  failed: "the new config could not be taken; what ran before runs on",
};

const marks = { added: "+", removed: "-", changed: "~" } as const;

/** Has the server that runs this config read it again, and tells what it made of it. */
export async function reload(options: ReloadOptions, terminal: Terminal): Promise<ExitCode> {
  const { admin, stop } = await readConfig(options, terminal);
  const path = options.dryRun === true ? "/reload?dry" : "/reload";
  // Flows that end are given the time that a stop gives them.
  const withinMs = stop.graceful + stop.deliver + allowanceMs;
  const answer = await askAdmin<ReloadReport>(admin, { path, list: "changes", body: "", withinMs });
  const { report, text } = answer;
  if (options.json === true) terminal.stdout.write(`${text}\n`);
  else for (const line of reloadLines(report, options.dryRun === true)) terminal.stdout.write(`${line}\n`);
  for (const problem of report.problems) terminal.stderr.write(`sewer: ${lineText(problem)}\n`);
  return codes[report.outcome];
}

/** What a reload may take beyond the budget of the config. */
const allowanceMs = 30_000;

function* reloadLines({ outcome, changes, generation }: ReloadReport, isDry: boolean): Generator<string> {
  for (const { path, kind } of changes) yield `${marks[kind]} ${lineText(path)}`;
  if (isDry) yield outcome === "taken" ? "the new config can be taken" : words[outcome];
  else yield `${words[outcome]} (generation ${generation})`;
}

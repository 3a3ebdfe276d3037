import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { formatProblem } from "../config/config-problem.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { migrate as migrateProperties } from "../migrate/migrate.ts";
import type { Remark } from "../migrate/original-config.ts";
import type { Terminal } from "./terminal.ts";

/** Prints the flow config that an original's `config.properties` comes down to. */
export async function migrate(file: string, terminal: Terminal): Promise<ExitCode> {
  let properties: string;
  try {
    // Java reads properties as Latin-1.
    properties = await readFile(resolve(terminal.cwd, file), "latin1");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === "ENOENT" ? "there is no such file" : message;
    terminal.stderr.write(`sewer: ${file} cannot be read: ${reason}\n`);
    return exitCodes.config;
  }
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const { text, problems, notes } = migrateProperties(properties, { file, timeZone });
  const tell = ({ line, message }: Remark): void =>
    void terminal.stderr.write(`${formatProblem({ file, line, column: 1, message })}\n`);
  for (const problem of problems) tell(problem);
  if (text === undefined) return exitCodes.config;
  for (const { line, message } of notes) tell({ line, message: `note: ${message}` });
  terminal.stdout.write(text);
  return exitCodes.ok;
}

import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { starterConfig } from "./starter-config.ts";
import type { Terminal } from "./terminal.ts";

/** Writes a starter config. Never overwrites. */
export async function init(file: string, terminal: Terminal): Promise<ExitCode> {
  try {
    await writeFile(resolve(terminal.cwd, file), starterConfig, { flag: "wx" });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === "EEXIST" ? "it is there already; move it away, or name another file" : message;
    terminal.stderr.write(`sewer: ${file} is not written: ${reason}\n`);
    return exitCodes.io;
  }
  terminal.stdout.write(`${file}: written; next: sewer check -c ${file}, sewer start -c ${file}\n`);
  return exitCodes.ok;
}

import { isSewerError } from "@sewer/core";
import { reasonOf } from "../cat/cat-error.ts";
import { fileLines } from "../cat/file-lines.ts";
import { pixelErrors } from "../errors.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { LineWriter } from "./line-writer.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Prints files as one JSON object a line. A file that cannot be read to its end is reported and the next
 * one follows.
 */
export async function cat(
  files: readonly string[],
  options: { readonly raw?: boolean },
  terminal: Terminal,
): Promise<ExitCode> {
  const output = new LineWriter(terminal.stdout);
  let worst: ExitCode = exitCodes.ok;
  for (const file of files) {
    try {
      for await (const line of fileLines(file, { isRaw: options.raw === true, env: terminal.env })) {
        await output.write(line);
        if (output.isClosed) return exitCodes.ok;
      }
    } catch (error) {
      if (!isSewerError(error)) throw error;
      await output.flush();
      terminal.stderr.write(`sewer: ${file}: ${reasonOf(error)}\n`);
      worst = Math.max(worst, exitCodeOf(error.code)) as ExitCode;
    }
  }
  await output.flush();
  return worst;
}

function exitCodeOf(code: string): ExitCode {
  return code === pixelErrors.catUnreadable ? exitCodes.config : exitCodes.io;
}

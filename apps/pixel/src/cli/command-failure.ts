import type { ExitCode } from "../exit-codes.ts";

/** Why a command cannot do what it was asked; thrown out of it, told by the command line. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
  /** What stderr is told, line by line. */
  readonly lines: readonly string[];
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, lines: readonly string[]) {
    super(lines.join("\n"));
    this.lines = lines;
    this.exitCode = exitCode;
  }
}

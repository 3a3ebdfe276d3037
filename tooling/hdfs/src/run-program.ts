import { spawn } from "node:child_process";
import { once } from "node:events";
import { SewerError } from "@sewer/core";
import { testbedErrors } from "./errors.ts";
import { javaEnvironment } from "./java.ts";
import { tailOfText } from "./text-tail.ts";

/** How a program is run to its end. */
export interface ProgramOptions {
  /** What it is called in error messages. */
  readonly title: string;
  /** After so many milliseconds it is killed. */
  readonly msMax: number;
  readonly signal?: AbortSignal | undefined;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Written to its standard input, which is empty otherwise. */
  readonly input?: string | Uint8Array;
  /** The error code when it fails. @default "SEWER_TESTBED_TOOL" */
  readonly errorCode?: string;
  /** Takes standard output piece by piece; without it the text is collected. */
  readonly onOutput?: (piece: string) => void;
}

/** What is kept of one stream; a program that prints more is killed, unless `onOutput` takes it. */
const outputCharactersMax = 64 * 1024 * 1024;

/**
 * Runs a program to its end and gives its standard output. An exit code that is not 0, a signal and the time
 * limit fail with the end of what it printed.
 */
export async function runProgram(
  command: string,
  programArguments: readonly string[],
  options: ProgramOptions,
): Promise<string> {
  const limit = AbortSignal.timeout(options.msMax);
  const signal = options.signal === undefined ? limit : AbortSignal.any([limit, options.signal]);
  const child = spawn(command, programArguments, {
    stdio: ["pipe", "pipe", "pipe"],
    env: javaEnvironment(options.env),
    signal,
    killSignal: "SIGKILL",
  });
  let output = "";
  let errors = "";
  let isTooMuch = false;
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    if (options.onOutput !== undefined) return options.onOutput(piece);
    output += piece;
    if (output.length > outputCharactersMax) isTooMuch = child.kill("SIGKILL");
  });
  child.stderr.setEncoding("utf8").on("data", (piece: string) => {
    errors = (errors + piece).slice(-65_536);
  });
  // A program that does not read its input closes it: that is its right.
  child.stdin.on("error", () => {}).end(options.input ?? "");
  let how: string;
  try {
    const [code, killedBy] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
    if (code === 0 && !isTooMuch) return output;
    how = isTooMuch ? "printed too much" : code === null ? `was ended by ${killedBy}` : `exit code ${code}`;
  } catch (error) {
    if (limit.aborted) how = `took longer than ${options.msMax} ms`;
    else if (options.signal?.aborted) throw options.signal.reason;
    else how = (error as Error).message;
  }
  const tail = tailOfText(errors.trim() === "" ? output : errors);
  throw new SewerError(options.errorCode ?? testbedErrors.tool, `${options.title}: ${how}\n${tail}`);
}

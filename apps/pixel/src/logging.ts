import { isatty } from "node:tty";
import type { Logger } from "@sewer/core";
import { pino, stdSerializers, stdTimeFunctions, type DestinationStream } from "pino";
import pretty from "pino-pretty";

/** Least level that is written. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** How the log is written. */
export interface LogOptions {
  readonly level: LogLevel;
  /** `json`: one object a line; `pretty`: for people. */
  readonly format: "json" | "pretty";
  /** Which of several processes writes it; a field of every line. */
  readonly process?: string;
}

/** A log whose least level can be changed. */
export interface LeveledLogger extends Logger {
  level: string;
}

const stderrFd = 2;

/** How a log is written when the config does not say: for people on a terminal, else as JSON. */
export function logFormat({
  format,
}: {
  readonly format?: LogOptions["format"] | undefined;
}): LogOptions["format"] {
  return format ?? (isatty(stderrFd) ? "pretty" : "json");
}

/**
 * The program's log, on stderr. Written synchronously and without worker threads, so that the last line
 * before an exit is never lost. A reader that went away does not stop the program.
 */
export function createLogger(options: LogOptions): LeveledLogger {
  const destination = pino.destination({ fd: stderrFd, sync: true });
  destination.on("error", () => {});
  const stream = options.format === "json" ? destination : prettyStream(destination);
  const error = stdSerializers.err;
  const settings = {
    level: options.level,
    serializers: { err: error, error },
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: stdTimeFunctions.isoTime,
  };
  const logger = pino(settings, stream);
  return options.process === undefined ? logger : logger.child({ process: options.process });
}

function prettyStream(destination: DestinationStream): DestinationStream {
  const colorize = isatty(stderrFd) && (process.env["NO_COLOR"] ?? "") === "";
  return pretty({ colorize, sync: true, destination, ignore: "pid,hostname" });
}

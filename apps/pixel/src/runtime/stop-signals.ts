import { isatty } from "node:tty";
import { systemClock, type Clock, type Logger } from "@sewer/core";

/** A second signal counts only this long after the first: one Ctrl-C can arrive twice within a moment. */
const secondSignalMs = 1000;

const signalNumbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

type StopSignal = keyof typeof signalNumbers;

/** What {@link listenForStop} needs. */
export interface StopSignalsOptions {
  readonly logger: Logger;
  /** What SIGHUP asks for. @default nothing */
  readonly reload?: () => void;
  /** @default the machine's */
  readonly clock?: Clock;
  /** Where the signals come from. @default process */
  readonly signals?: Pick<NodeJS.EventEmitter, "on">;
  /** True when stdin is a terminal: SIGHUP then means that it was closed. @default what stdin is */
  readonly hasTerminal?: boolean;
  /** Ends the process at once. @default process.exit */
  readonly exit?: (code: number) => void;
}

/**
 * SIGTERM and SIGINT ask for a clean stop; one more, at least 1 s later, ends the process at once with
 * 128 + the signal's number. SIGHUP reloads, or stops too when stdin is a terminal.
 *
 * @returns a signal that aborts when the clean stop is to begin.
 */
export function listenForStop(options: StopSignalsOptions): AbortSignal {
  const {
    logger,
    reload = () => {},
    clock = systemClock,
    signals = process,
    hasTerminal = isatty(0),
  } = options;
  const { exit = (code) => process.exit(code) } = options;
  const controller = new AbortController();
  let firstMs: number | undefined;
  const onSignal = (name: StopSignal): void => {
    if (firstMs === undefined) {
      firstMs = clock.monotonic();
      logger.info({ signal: name }, "stopping");
      controller.abort();
    } else if (clock.monotonic() - firstMs >= secondSignalMs) {
      logger.warn({ signal: name }, "second signal: ending at once, what is in the spool stays there");
      exit(128 + signalNumbers[name]);
    }
  };
  signals.on("SIGTERM", () => onSignal("SIGTERM"));
  signals.on("SIGINT", () => onSignal("SIGINT"));
  signals.on("SIGHUP", () => {
    if (hasTerminal) onSignal("SIGHUP");
    else if (firstMs === undefined) reload();
  });
  return controller.signal;
}

import { hostname } from "node:os";
import { isSewerError, systemClock, systemRandom, type Logger } from "@sewer/core";
import { nodeFileSystem } from "@sewer/core/node";
import type { Config } from "../config/config.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { createLogger, logFormat } from "../logging.ts";
import { needsProcesses, Supervisor } from "../processes/supervisor.ts";
import { endOnCrash } from "../runtime/crash.ts";
import { operatingErrorCode } from "../runtime/operating-error.ts";
import { Program } from "../runtime/program.ts";
import { Reloader } from "../runtime/reloader.ts";
import type { Server } from "../runtime/server.ts";
import { SystemdNotifier } from "../runtime/systemd-notifier.ts";
import { listenForStop } from "../runtime/stop-signals.ts";
import { openConfig } from "./read-config.ts";
import type { Terminal } from "./terminal.ts";

/** What `sewer start` is asked for. */
export interface StartOptions {
  readonly config?: string;
  /** How often the server of a config is asked for a new one, in milliseconds. */
  readonly poll: number;
}

/** Runs all flows of a config until a signal asks for a stop. */
export async function start(options: StartOptions, terminal: Terminal): Promise<ExitCode> {
  const { config, warning, source } = await openConfig(options, terminal);
  const logger = createLogger({ level: config.log.level, format: logFormat(config.log) });
  if (warning !== undefined) logger.error({ code: warning.code, config: config.file }, warning.message);
  endOnCrash((error) => logger.error({ error }, "internal error, ending; what is in the spool stays there"));
  const surroundings = { clock: systemClock, random: systemRandom, fs: nodeFileSystem, logger };
  const parts = { ...surroundings, hostname: hostname() };
  const take = async (next: Config): Promise<void> => {
    await server.reload(next);
    logger.level = next.log.level;
  };
  const reloader = new Reloader(config, { read: () => source.readAgain(), take, clock: systemClock, logger });
  const server: Server = needsProcesses(config)
    ? new Supervisor(config, parts, reloader)
    : new Program(config, parts, reloader);
  const exit = (code: number): void => {
    server.abandon();
    process.exit(code);
  };
  const reload = (): void => void reloader.reload();
  const stop = listenForStop({ logger, exit, reload });
  const systemd = new SystemdNotifier({ clock: systemClock, logger, env: terminal.env });
  // Components' timers let a process end; this one decides itself when it does.
  const awake = setInterval(() => {}, 0x7fffffff);
  try {
    const addresses = await server.open(stop);
    terminal.stdout.write(`sewer: listening ${addresses}\n`);
    logger.info({ config: config.file }, "listening");
    systemd.ready();
  } catch (error) {
    clearInterval(awake);
    return stop.aborted ? exitCodes.ok : startFailed(error, logger);
  }
  const following = source.follow((result) => reloader.take(result), logger);
  await aborted(stop);
  systemd.stopping();
  await following[Symbol.asyncDispose]();
  await reloader.close();
  const isClean = await server.close();
  await systemd.close();
  clearInterval(awake);
  logger.info({}, "stopped");
  return isClean ? exitCodes.ok : exitCodes.io;
}

/** What the surroundings refused ends with 10; anything else is a bug. */
function startFailed(error: unknown, logger: Logger): ExitCode {
  if (isSewerError(error)) {
    logger.error({ code: error.code, ...error.context }, `cannot start: ${error.message}`);
    return exitCodes.startUp;
  }
  const code = operatingErrorCode(error);
  if (code === undefined) throw error;
  logger.error({ code }, `cannot start: ${(error as Error).message}`);
  return exitCodes.startUp;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

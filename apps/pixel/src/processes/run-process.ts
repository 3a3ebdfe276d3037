import { hostname } from "node:os";
import { isSewerError, systemClock, systemRandom } from "@sewer/core";
import { nodeFileSystem } from "@sewer/core/node";
import type { Config } from "../config/config.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { createLogger, logFormat } from "../logging.ts";
import { MetricsRegistry } from "../metrics.ts";
import { endOnCrash } from "../runtime/crash.ts";
import { operatingErrorCode } from "../runtime/operating-error.ts";
import type { ProgramOptions } from "../runtime/program.ts";
import { holdYoungGeneration } from "../runtime/young-generation.ts";
import { version } from "../version.ts";
import { DeliveryWork } from "./delivery-work.ts";
import { IngestWork } from "./ingest-work.ts";
import { protocolVersion, type Notice } from "./messages.ts";
import { SupervisorLink } from "./supervisor-link.ts";
import type { Work } from "./work.ts";

/**
 * What a process that the supervisor started does, from its first message to its end. It obeys its supervisor
 * only: a signal that reaches the whole process group is the supervisor's business. Without a supervisor it
 * closes, and leaves in the spool what is not delivered.
 *
 * @returns the exit code.
 */
export async function runProcess(): Promise<ExitCode> {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
  // Components' timers let a process end; this one decides itself when it does.
  const awake = setInterval(() => {}, 0x7fffffff);
  const link = new SupervisorLink();
  const code = await run(link);
  await link.flushed();
  clearInterval(awake);
  return code;
}

async function run(link: SupervisorLink): Promise<ExitCode> {
  link.notify({ type: "hello", protocol: protocolVersion, version });
  const order = await Promise.race([link.run, link.stop.then(() => undefined)]);
  if (order === undefined) return exitCodes.ok;
  const { name, role, config } = order;
  const logger = createLogger({ level: config.log.level, format: logFormat(config.log), process: name });
  endOnCrash((error) => logger.error({ error }, "internal error, ending; what is in the spool stays there"));
  holdYoungGeneration();
  const runtime = new MetricsRegistry(name);
  runtime.watchProcess();
  const options: ProgramOptions = {
    hostname: hostname(),
    clock: systemClock,
    random: systemRandom,
    fs: nodeFileSystem,
    logger,
  };
  const notify = (notice: Notice): void => link.notify(notice);
  const work: Work =
    role.kind === "delivery"
      ? new DeliveryWork(config, options, notify)
      : new IngestWork(config, role.number, options, notify);
  let running = config;
  const reload = async (next: Config): Promise<null> => {
    await work.reload(running, next);
    running = next;
    logger.level = next.log.level;
    return null;
  };
  link.serve({
    answers: { ...work.answers, reload, runtimeMetrics: () => runtime.runtimeMetrics() },
    heard: (event) => work.heard(event),
  });
  try {
    link.notify({ type: "ready", addresses: await work.open() });
  } catch (error) {
    const startUpCode = isSewerError(error) ? error.code : operatingErrorCode(error);
    if (startUpCode === undefined) throw error;
    link.notify({ type: "failed", code: startUpCode, message: (error as Error).message });
    return exitCodes.startUp;
  }
  const budgetMs = await link.stop;
  const failures = await work.close(budgetMs ?? (role.kind === "ingest" ? running.stop.graceful : 0));
  return failures.length === 0 ? exitCodes.ok : exitCodes.io;
}

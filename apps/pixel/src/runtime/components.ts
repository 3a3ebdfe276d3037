import { hostname } from "node:os";
import { noMetrics, silentLogger, systemClock, systemRandom } from "@sewer/core";
import type { ComponentContext, Logger, Sink } from "@sewer/core";
import { nodeFileSystem } from "@sewer/core/node";
import { fileSink } from "@sewer/sink-file";
import { hdfsSink } from "@sewer/sink-hdfs";
import { HttpSource, type ResolvedHttpSourceOptions } from "@sewer/source-http";
import type { FlowConfig } from "../config/config.ts";
import type { ResolvedSinkOptions } from "../config/config-schema.ts";

/** Makes a flow's source. */
export function createSource(options: ResolvedHttpSourceOptions, context: ComponentContext): HttpSource {
  return new HttpSource(options, context);
}

/** Makes a flow's sinks, by name. */
export function createSinks(
  sinks: ReadonlyMap<string, ResolvedSinkOptions>,
  context: Omit<ComponentContext, "name">,
): Map<string, Sink> {
  return new Map([...sinks].map(([name, options]) => [name, createSink(options, { ...context, name })]));
}

/** Makes the sinks of a flow for a command that is no server: nobody reads their metrics. */
export function createSinksOf(
  { name: flow, sinks }: Pick<FlowConfig, "name" | "sinks">,
  baseDir: string,
  logger: Logger = silentLogger,
): Map<string, Sink> {
  return createSinks(sinks, {
    flow,
    hostname: hostname(),
    baseDir,
    clock: systemClock,
    random: systemRandom,
    fs: nodeFileSystem,
    logger,
    metrics: noMetrics,
  });
}

function createSink(options: ResolvedSinkOptions, context: ComponentContext): Sink {
  return options.type === "file" ? fileSink.create(options, context) : hdfsSink.create(options, context);
}

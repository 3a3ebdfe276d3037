import type { ComponentContext, Sink } from "@sewer/core";
import { fileSink } from "@sewer/sink-file";
import { hdfsSink } from "@sewer/sink-hdfs";
import { HttpSource, type ResolvedHttpSourceOptions } from "@sewer/source-http";
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

function createSink(options: ResolvedSinkOptions, context: ComponentContext): Sink {
  return options.type === "file" ? fileSink.create(options, context) : hdfsSink.create(options, context);
}

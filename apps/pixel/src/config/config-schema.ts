import { parseDuration } from "@sewer/core";
import { retryOptions } from "@sewer/retry";
import { fileSinkOptions } from "@sewer/sink-file";
import { hdfsSinkOptions } from "@sewer/sink-hdfs";
import { httpSourceOptions } from "@sewer/source-http";
import { spoolOptions } from "@sewer/spool";
import { z } from "zod";

const duration = z
  .union([z.string(), z.number()])
  .transform((value, context) => parseDuration(value, context));

const adminOptions = z.strictObject({
  host: z.string().min(1).default("127.0.0.1").describe("Address of the admin port. Default 127.0.0.1."),
  port: z.int().min(0).max(65535).default(7777).describe("The admin port; 0 takes any. Default 7777."),
});

const graphiteOptions = z.strictObject({
  host: z.string().min(1).describe("Host of a Graphite server that takes lines over TCP."),
  port: z.int().min(1).max(65535).default(2003).describe("Its port. Default 2003."),
  prefix: z
    .string()
    .regex(/^\S*$/, "a path of Graphite has no blank in it")
    .default("")
    .describe("Comes before the host name in each path, with nothing between. Default: nothing."),
  every: duration
    .prefault("1m")
    .refine((ms) => ms >= 1000, "at least 1s")
    .describe("Time from one report to the next. Default 1m."),
});

const logOptions = z.strictObject({
  level: z.enum(["debug", "info", "warn", "error"]).default("info").describe("Least level that is written."),
  format: z
    .enum(["json", "pretty"])
    .optional()
    .describe("One JSON object a line, or for people. Default: pretty on a terminal, else json."),
});

const stopOptions = z.strictObject({
  drainDelay: duration
    .prefault("0s")
    .describe("How long requests are still answered after a stop was asked for. Default 0s."),
  graceful: duration.prefault("1s").describe("How long open requests may take to end. Default 1s."),
  deliver: duration
    .prefault("30s")
    .describe("How long batches are delivered before the rest is left in the spool. Default 30s."),
});

const componentName = z
  .string()
  .regex(/^[a-z][a-z0-9-]*$/, "a name begins with a letter a-z and holds only a-z, 0-9 and -");

const sourceOptions = z.discriminatedUnion("type", [httpSourceOptions]);
const sinkOptions = z.discriminatedUnion("type", [fileSinkOptions, hdfsSinkOptions]);

const flowOptions = z.strictObject({
  source: sourceOptions.prefault({ type: "http" }).describe("Where events come from."),
  spool: spoolOptions.prefault({}),
  retry: retryOptions.prefault({}),
  sink: sinkOptions.optional().describe("Short for sinks: { main: ... }."),
  sinks: z.record(componentName, sinkOptions).optional().describe("Where batches go, by name."),
});

/** The whole flow config (docs/config.md). Rules between keys are in config-rules.ts. */
export const configSchema = z.strictObject({
  admin: z.union([z.literal(false), adminOptions]).prefault({}),
  graphite: z
    .union([z.literal(false), graphiteOptions])
    .default(false)
    .describe("Default: false, to none."),
  log: logOptions.prefault({}),
  stop: stopOptions.prefault({}),
  flows: z.record(componentName, flowOptions),
  plugins: z.array(z.string()).default([]).describe("Packages or paths that export components."),
});

/** {@link configSchema} with its defaults; durations in milliseconds, sizes in bytes. */
export type ResolvedConfigOptions = z.output<typeof configSchema>;

/** One flow of it. */
export type ResolvedFlowOptions = z.output<typeof flowOptions>;

/** One sink of a flow. */
export type ResolvedSinkOptions = z.output<typeof sinkOptions>;

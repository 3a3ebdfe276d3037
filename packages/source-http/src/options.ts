import { parseDuration, parseSize } from "@sewer/core";
import { z } from "zod";

const duration = z.union([z.string(), z.number()]).transform((value, ctx) => parseDuration(value, ctx));
const size = z.union([z.string(), z.number()]).transform((value, ctx) => parseSize(value, ctx));
const port = z.int().min(0).max(65_535);
const token = z
  .string()
  .regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}$/, "expected an HTTP token of at most 32 characters");
const method = token.refine(
  (name) => name !== "CONNECT" && name !== "TRACE",
  "CONNECT and TRACE are never recorded",
);

/**
 * Without `^` and `~`, which differ only in the bit that tells upper case from lower case. A name of a field
 * is found by its length too, so it has an end.
 */
const fieldName = z
  .string()
  .regex(
    /^[!#$%&'*+\-._`|0-9A-Za-z]{1,63}$/,
    "expected the name of a header: at most 63 letters, digits or any of !#$%&'*+-._`|",
  );
const headersMost = 64;

const requestLineBytesLeast = 64;
/** A record of the spool has at most 16 MiB, the head's part included. */
const bodyBytesMost = 8 * 1024 * 1024;

function sizeFrom(least: number): typeof size {
  return size.refine((bytes) => bytes >= least, `expected at least ${least} bytes`);
}

function durationAboveZero(): typeof duration {
  return duration.refine((ms) => ms > 0, "expected more than 0");
}

/** Bounds of what a client may take (docs/specs/http.md, Limits). Whatever is refused by them is counted. */
export const httpLimitsOptions = z.strictObject({
  requestLine: sizeFrom(requestLineBytesLeast)
    .prefault("8KiB")
    .describe("Longest request line with its line end; a longer one is answered 414"),
  head: sizeFrom(requestLineBytesLeast)
    .prefault("16KiB")
    .describe("Largest head; a larger one is answered 431"),
  fields: z.int().min(1).max(10_000).default(100).describe("Most fields of a head; more are answered 431"),
  headTime: durationAboveZero()
    .prefault("10s")
    .describe("Time for a whole head, from its first byte or the accept; then 408"),
  bodyTime: durationAboveZero()
    .prefault("30s")
    .describe("Time for a whole body, from the end of its head; then 408"),
  bodyGapTime: durationAboveZero()
    .prefault("10s")
    .describe("Longest time in which nothing of a body comes; then 408"),
  chunkExtensions: size
    .prefault("16KiB")
    .describe("Most bytes of chunk extensions of a body; more are answered 413"),
  idleTime: durationAboveZero()
    .prefault("30s")
    .describe("After this a connection without a request is closed"),
  idleTimeCrowded: durationAboveZero()
    .prefault("5s")
    .describe("The same while more than 80 % of the connections are in use"),
  writeTime: durationAboveZero()
    .prefault("10s")
    .describe("Time for a client to take its answers when it does not read; then its connection is closed"),
  lingerTime: duration
    .prefault("2s")
    .describe("How long a closed connection is read on, so that its last answer arrives"),
  linger: size.prefault("64KiB").describe("How much of it is read on"),
  unansweredReads: z
    .int()
    .min(1)
    .max(10_000)
    .default(16)
    .describe("Reads of a connection whose answers wait for durability; then it is not read any more"),
  connections: z
    .int()
    .min(1)
    .optional()
    .describe(
      "Most open connections; further ones are closed at once. Default: 80 % of the open-files limit",
    ),
  connectionsPerAddress: z
    .int()
    .min(1)
    .optional()
    .describe(
      "Most open connections of one address; further ones are closed at once. Default: no limit. Behind a proxy all connections are its own",
    ),
  buffered: size
    .prefault("64MiB")
    .describe(
      "Most bytes held for all connections together: unfinished heads and bodies, input that waits; then 503",
    ),
});

/** The `source` section of a flow config for `type: http` (docs/config.md). */
export const httpSourceOptions = z
  .strictObject({
    type: z.literal("http"),
    host: z.string().min(1).default("0.0.0.0").describe("Address to listen on"),
    port: port.default(8080).describe("The pixel port"),
    statusPort: port.optional().describe("The status port. Default: port + 1"),
    processes: z
      .union([z.literal("auto"), z.int().min(1).max(1024)])
      .default(1)
      .describe("Ingest processes; auto is one per core less one, at least 1"),
    reusePort: z
      .boolean()
      .default(true)
      .describe(
        "Whether several processes have a listening socket each (SO_REUSEPORT), where the system can; else they share one",
      ),
    methods: z
      .union([z.literal("any"), z.array(method).min(1)])
      .default(["GET", "HEAD", "POST"])
      .describe("Methods that are recorded and answered 204; any: all but CONNECT and TRACE"),
    trustedProxies: z
      .array(z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()]))
      .default([])
      .describe("Networks whose forwarding header is believed"),
    forwardedHeader: fieldName
      .default("x-forwarded-for")
      .describe("The one header that names the client, believed from trusted proxies only"),
    forwardedHost: z
      .boolean()
      .default(false)
      .describe("Whether X-Forwarded-Host of a trusted proxy is the recorded host"),
    headers: z
      .array(fieldName)
      .max(headersMost)
      .default([])
      .describe("Further request headers to record; with one the schema is access-log-extended"),
    body: z
      .strictObject({
        record: z
          .boolean()
          .default(false)
          .describe("Whether request bodies are recorded; then the schema is access-log-extended"),
        maxBytes: size
          .refine((bytes) => bytes <= bodyBytesMost, `expected at most ${bodyBytesMost} bytes (8MiB)`)
          .prefault("128KiB")
          .describe("Largest body, also when it is only counted; a larger one is answered 413"),
      })
      .prefault({}),
    crossdomain: z.boolean().default(false).describe("Whether /crossdomain.xml is served"),
    readPath: z
      .enum(["auto", "stream"])
      .default("auto")
      .describe("How sockets are read. auto: into one buffer for all where this Node can; stream: never"),
    limits: httpLimitsOptions.prefault({}).describe("Bounds of what a client may take"),
  })
  .transform((options, ctx) => {
    const statusPort = options.statusPort ?? (options.port === 0 ? 0 : options.port + 1);
    if (statusPort > 65_535) {
      ctx.addIssue({ code: "custom", path: ["statusPort"], message: "port + 1 is no port: set statusPort" });
    }
    if (statusPort === options.port && statusPort !== 0) {
      ctx.addIssue({ code: "custom", path: ["statusPort"], message: "statusPort must differ from port" });
    }
    return { ...options, statusPort };
  });

/** What a config may say. */
export type HttpSourceOptions = z.input<typeof httpSourceOptions>;

/** The options with defaults filled in: milliseconds and bytes. */
export type ResolvedHttpSourceOptions = z.output<typeof httpSourceOptions>;

/** The resolved `limits`, durations in milliseconds, sizes in bytes. */
export type ResolvedHttpLimits = z.output<typeof httpLimitsOptions>;

/** True when more is recorded than schema `access-log` holds: headers or bodies. */
export function isExtended({ headers, body }: Pick<ResolvedHttpSourceOptions, "headers" | "body">): boolean {
  return headers.length > 0 || body.record;
}

import { parseDuration, parseSize } from "@sewer/core";
import { formatOptions, literalText, parsePathPattern, pathOption, timeZoneOption } from "@sewer/file-store";
import { z } from "zod";
import { isHostAndPort } from "./webhdfs/datanode-map.ts";

const quantity = z.union([z.string(), z.number()]);
const duration = quantity.transform((value, context) => parseDuration(value, context));
const size = quantity.transform((value, context) => parseSize(value, context));

const nameNode = z
  .string()
  .refine(
    isOrigin,
    "expected the address of a NameNode's web server like http://nn1:9870, with nothing behind it",
  );

/** The bytes that HDFS and every DataNode version take as they are (HDFS-14423, HDFS-13176, HDFS-14323). */
const hdfsPath = pathOption.refine(
  isHdfsPath,
  "expected an absolute path of [A-Za-z0-9._=/-] and tokens, without empty, . and .. segments",
);

const hostAndPort = z
  .string()
  .refine(isHostAndPort, "expected host or host:port like dn1.example:9864, an IPv6 address in brackets");

/** How long the sink waits for what. */
const limits = z.strictObject({
  nameNodeConnect: duration.prefault("3s").describe("For a connection to a NameNode."),
  nameNodeAnswer: duration
    .prefault("20s")
    .describe("For a NameNode's answer, and for each next piece of it."),
  dataNodeConnect: duration.prefault("5s").describe("For a connection to a DataNode."),
  dataNodeContinue: duration
    .prefault("15s")
    .describe("For a DataNode's 100 Continue; then another is tried."),
  stall: duration.prefault("120s").describe("For a DataNode that takes, or sends, no more bytes."),
  commit: duration.prefault("300s").describe("From the last byte to 201. Long while NameNodes fail over."),
  upload: duration.prefault("10m").describe("For a whole upload, unless uploadRate gives more."),
  uploadRate: size
    .prefault("256KiB")
    .describe("Bytes a second of the batch that an upload is allowed to take."),
  cleanup: duration.prefault("5s").describe("For deleting a temporary file after a failed attempt."),
});

const keys = z.strictObject({
  type: z.literal("hdfs").describe("Files on HDFS, over WebHDFS."),
  namenodes: z
    .array(nameNode)
    .min(1)
    .max(16)
    .describe("The NameNodes' web addresses, e.g. http://nn1:9870. The active one is found."),
  user: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9._-]*[$]?$/, "expected a user name that Hadoop takes")
    .default("sewer")
    .describe("Hadoop user (user.name) that owns the files."),
  path: hdfsPath.describe("Path pattern of the files, absolute, with tokens such as %{yyyy-MM-dd/HH00}."),
  timeZone: timeZoneOption,
  replication: z.int().min(1).max(512).default(3).describe("Replicas of each block."),
  blockSize: size
    .refine(
      (bytes) => Number.isNaN(bytes) || (bytes >= 512 && bytes % 512 === 0),
      "expected a multiple of 512 bytes",
    )
    .prefault("128MiB")
    .describe("HDFS block size of the files; a multiple of 512 bytes."),
  janitorDelay: duration
    .prefault("15m")
    .describe(
      "How long after an attempt was begun a DataNode that hangs may still make its temporary file; then it is deleted.",
    ),
  minReplicas: z
    .int()
    .min(0)
    .max(512)
    .default(0)
    .describe(
      "Replicas that each block must have before a batch counts as delivered; 0: what HDFS asks for.",
    ),
  datanodeMap: z
    .record(hostAndPort, hostAndPort)
    .default({})
    .describe("DataNodes that are reached elsewhere than HDFS says: their host[:port] to host[:port]."),
  datanodePorts: z
    .array(z.int().min(1).max(65_535))
    .max(64)
    .default([])
    .describe("HTTP ports of DataNodes, beside Hadoop's own and those that the NameNode's JMX lists."),
  limits: limits.prefault({}).describe("Time limits."),
  format: formatOptions.prefault({}).describe("What the files look like."),
});

/** The config of an HDFS sink (docs/config.md). */
export const hdfsSinkOptions = keys.refine(({ minReplicas, replication }) => minReplicas <= replication, {
  path: ["minReplicas"],
  message: "expected at most replication: a block has no more replicas",
});

/** What a config says of an HDFS sink. */
export type HdfsSinkOptions = z.input<typeof hdfsSinkOptions>;

/** The same with every default filled in: durations in milliseconds, sizes in bytes. */
export type ResolvedHdfsSinkOptions = z.output<typeof hdfsSinkOptions>;

/** The time limits of {@link ResolvedHdfsSinkOptions}, in milliseconds, `uploadRate` in bytes a second. */
export type HdfsLimits = ResolvedHdfsSinkOptions["limits"];

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const bare =
    url.pathname === "/" && url.search === "" && url.hash === "" && url.username + url.password === "";
  return bare && (url.protocol === "http:" || url.protocol === "https:");
}

function isHdfsPath(text: string): boolean {
  if (!text.startsWith("/") || /\/\.{0,2}\//.test(text)) return false;
  // A pattern that cannot be parsed has been reported already.
  const pattern = parsePathPattern(text, { addIssue() {} });
  return pattern === undefined || /^[A-Za-z0-9._=/-]*$/.test(literalText(pattern));
}

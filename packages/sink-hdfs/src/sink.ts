import type { SinkDefinition } from "@sewer/core";
import { FileStoreSink } from "@sewer/file-store";
import { hdfsSinkOptions, type ResolvedHdfsSinkOptions } from "./options.ts";
import { HdfsFileStore } from "./store.ts";

/** The sink of `type: hdfs`: each batch becomes one file on HDFS, over WebHDFS. */
export const hdfsSink: SinkDefinition<ResolvedHdfsSinkOptions> = {
  kind: "sink",
  type: "hdfs",
  options: hdfsSinkOptions,
  create: (options, context) =>
    new FileStoreSink({
      store: new HdfsFileStore(options, context.clock),
      path: options.path,
      timeZone: options.timeZone,
      format: options.format,
      toAbsolute: (path) => path,
      context,
      cleanupMs: options.limits.cleanup,
      janitorDelayMs: options.janitorDelay,
    }),
};

import { resolve } from "node:path";
import type { SinkDefinition } from "@sewer/core";
import { FileStoreSink, literalDirectory } from "@sewer/file-store";
import { fileSinkOptions, type ResolvedFileSinkOptions } from "./options.ts";
import { LocalFileStore } from "./store.ts";

/** The sink of `type: file`: each batch becomes one file of a local or mounted file system. */
export const fileSink: SinkDefinition<ResolvedFileSinkOptions> = {
  kind: "sink",
  type: "file",
  options: fileSinkOptions,
  create: (options, context) =>
    new FileStoreSink({
      store: new LocalFileStore(context.fs, resolve(context.baseDir, literalDirectory(options.path))),
      path: options.path,
      timeZone: options.timeZone,
      format: options.format,
      toAbsolute: (path) => resolve(context.baseDir, path),
      context,
    }),
};

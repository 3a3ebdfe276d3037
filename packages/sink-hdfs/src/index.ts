// For those who compose flows.
export { hdfsSink } from "./sink.ts";
export { hdfsSinkOptions } from "./options.ts";
export type { HdfsLimits, HdfsSinkOptions, ResolvedHdfsSinkOptions } from "./options.ts";
export { hdfsErrors, type HdfsErrorCode } from "./errors.ts";

// For those who build a sink of their own on it.
export { HdfsFileStore } from "./store.ts";
export { HdfsChecksum } from "./checksum.ts";

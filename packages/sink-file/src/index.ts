// For those who compose flows.
export { fileSink } from "./sink.ts";
export { fileSinkOptions } from "./options.ts";
export type { FileSinkOptions, ResolvedFileSinkOptions } from "./options.ts";
export { fileSinkErrors } from "./errors.ts";

// For those who build a sink of their own on it.
export { LocalFileStore } from "./store.ts";

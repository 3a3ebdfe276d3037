export { hdfsOptionNotBuilt, hdfsSinkOptions } from "./options.ts";
export type { HdfsLimits, HdfsSinkOptions, ResolvedHdfsSinkOptions } from "./options.ts";

export { fileSinkOptions } from "./options.ts";
export type { FileSinkOptions, ResolvedFileSinkOptions } from "./options.ts";

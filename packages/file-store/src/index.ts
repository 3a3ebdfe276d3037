export { formatNotBuilt, formatOptions, pathOption, timeZoneOption } from "./options.ts";
export type { FormatOptions, ResolvedFormatOptions } from "./options.ts";
export {
  completePathPattern,
  expandPath,
  literalText,
  parsePathPattern,
  sanitizePathValue,
} from "./path-pattern.ts";
export type { PathPart, PathPattern, PathToken, PathValues } from "./path-pattern.ts";
export type { DateField, DatePiece } from "./date-format.ts";

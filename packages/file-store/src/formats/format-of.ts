import type { RecordSchema } from "@sewer/core";
import type { ResolvedFormatOptions } from "../options.ts";
import type { FileFormat } from "./format.ts";
import { jsonLines } from "./json-lines.ts";
import { sequenceFile } from "./sequence-file.ts";

/** The format that `options` name; its `encode` works on the calling thread. */
export function formatOf(options: ResolvedFormatOptions, schema: RecordSchema): FileFormat {
  return options.type === "json" ? jsonLines(options, schema) : sequenceFile(options, schema);
}

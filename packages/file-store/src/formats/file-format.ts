import { SewerError, type RecordSchema } from "@sewer/core";
import { sharedEncoders, type EncoderPool } from "../encoder/encoder-pool.ts";
import { fileStoreErrors } from "../errors.ts";
import { formatNotBuilt, type ResolvedFormatOptions } from "../options.ts";
import { formatOf } from "./format-of.ts";
import type { FileFormat } from "./format.ts";
import { keyClassOf } from "./key-class.ts";

/**
 * The format that writes records of `schema` as `options` say. It encodes in the threads of `encoders`.
 *
 * @throws SewerError `SEWER_FILE_NOT_BUILT` (scope `batch`, permanent) for what this version cannot write.
 */
export function fileFormat(
  options: ResolvedFormatOptions,
  schema: RecordSchema,
  encoders: EncoderPool = sharedEncoders,
): FileFormat {
  const problem = formatNotBuilt(options);
  if (problem !== undefined) throw notBuilt(problem);
  if (options.type === "sequencefile" && keyClassOf(schema.name) === undefined) {
    throw notBuilt(`records of schema "${schema.name}" in a SequenceFile`);
  }
  try {
    return {
      ...formatOf(options, schema),
      encode: (batch, tally, signal) => encoders.encode({ format: options, schema, batch, tally }, signal),
    };
  } catch (cause) {
    throw notBuilt(`its records' schema cannot be used: ${String(cause)}`, cause);
  }
}

function notBuilt(what: string, cause?: unknown): SewerError {
  const message = `this version cannot write the batch: ${what}; a later version may`;
  return new SewerError(fileStoreErrors.notBuilt, message, { scope: "batch", retry: "permanent", cause });
}

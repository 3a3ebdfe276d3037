import { SewerError, type RecordSchema } from "@sewer/core";
import { sharedEncoders, type EncoderPool } from "../encoder/encoder-pool.ts";
import { fileStoreErrors } from "../errors.ts";
import type { ResolvedFormatOptions } from "../options.ts";
import { formatOf } from "./format-of.ts";
import type { FileFormat } from "./format.ts";
import { keyFormOf } from "./key-form.ts";

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
  // JSON has a form for every schema but the original's.
  const isAnyForm = options.type === "json" && options.schema === "access-log";
  if (!isAnyForm && keyFormOf(options, schema) === undefined) {
    throw notBuilt(`records of schema "${schema.name}" in a ${options.type} file of ${options.schema}`);
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

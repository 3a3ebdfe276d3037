import { decodeSegmentMeta, SewerError, type Batch, type JsonObject, type RecordSchema } from "@sewer/core";
import { fileStoreErrors } from "./errors.ts";
import { formatOptions, type ResolvedFormatOptions } from "./options.ts";

/** What is fixed for a batch when its first record arrives: where it goes and what the file looks like. */
export interface FilePlan {
  /** Absolute path with `/`. */
  readonly path: string;
  readonly format: ResolvedFormatOptions;
}

/** A {@link FilePlan} as a segment's meta holds it. */
export function encodeFilePlan(plan: FilePlan): JsonObject {
  return { path: plan.path, format: { ...plan.format } };
}

/**
 * Reads the plan of `sink` from a batch's meta. The spool file may come from another machine, so nothing
 * of it is taken on trust.
 *
 * @throws SewerError `SEWER_FILE_PLAN_INVALID` or `SEWER_META_INVALID` (scope `batch`, permanent).
 */
export function filePlanOf(batch: Batch, sink: string): FilePlan & { readonly schema: RecordSchema } {
  const { sinks, schema } = decodeSegmentMeta(batch.meta);
  const plan = Object.hasOwn(sinks, sink) ? sinks[sink] : undefined;
  if (plan === undefined) throw planInvalid(batch, `it names no sink "${sink}"`);
  const { path } = plan;
  if (typeof path !== "string" || !isFilePath(path))
    throw planInvalid(batch, "its path is no absolute file path");
  const format = formatOptions.safeParse(plan["format"]);
  if (!format.success) throw planInvalid(batch, "its format is unknown");
  return { path, format: format.data, schema };
}

function isFilePath(path: string): boolean {
  const [root, ...segments] = path.split("/");
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for.
  if (root !== "" || /[\u0000-\u001f\u007f]/.test(path)) return false;
  if (segments.some((segment) => segment === "" || segment === "." || segment === "..")) return false;
  return !segments.at(-1)?.startsWith(".");
}

function planInvalid(batch: Batch, why: string): SewerError {
  const message = `the meta of batch ${batch.id} does not say where it goes: ${why}`;
  return new SewerError(fileStoreErrors.planInvalid, message, { scope: "batch", retry: "permanent" });
}

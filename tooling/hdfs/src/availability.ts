import { isSewerError } from "@sewer/core";
import { findJava, findMaven } from "./java.ts";
import { hasJars } from "./prepare-hadoop.ts";

/** Whether {@link startHdfs} has what it needs on this machine. */
export type HdfsAvailability =
  | { readonly available: true }
  | {
      readonly available: false;
      /** What is missing and what to do. */
      readonly reason: string;
    };

let known: HdfsAvailability | undefined;

/**
 * Looks for a JDK 17 to 21 and, as long as Hadoop's jars are not cached, for Maven. Found out once per process.
 * It does not say that Maven's repository can be reached.
 */
export function hdfsAvailability(): HdfsAvailability {
  known ??= find();
  return known;
}

function find(): HdfsAvailability {
  try {
    findJava();
    if (!hasJars()) findMaven();
    return { available: true };
  } catch (error) {
    if (isSewerError(error)) return { available: false, reason: error.message };
    throw error;
  }
}

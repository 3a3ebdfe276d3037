import { SewerError } from "@sewer/core";
import { pixelErrors } from "../errors.ts";

/**
 * The file is damaged.
 *
 * @param place where: `byte 4711`, `record 12`.
 */
export function damaged(place: string, reason: string, cause?: unknown): SewerError {
  const options = { retry: "permanent", scope: "batch", cause } as const;
  return new SewerError(pixelErrors.catDamaged, `damaged at ${place}: ${reason}`, options);
}

/** The text of anything that was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

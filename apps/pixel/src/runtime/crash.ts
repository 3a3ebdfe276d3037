import { exitCodes } from "../exit-codes.ts";

/**
 * Ends the process with 70 on an error that nobody caught, after `report`. Replaces an earlier call's
 * `report`. What is in the spool is safe: a crash is what it is made for.
 */
export function endOnCrash(report: (error: unknown) => void): void {
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (error: unknown) => {
    try {
      report(error);
    } finally {
      process.exit(exitCodes.internal);
    }
  });
}

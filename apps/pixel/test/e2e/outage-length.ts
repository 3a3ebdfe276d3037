import { parseDuration } from "@sewer/core";

/** How long HDFS is away, in milliseconds. `SEWER_OUTAGE=60s` for a longer one. */
export function outageLength(usual: string): number {
  return parseDuration(process.env["SEWER_OUTAGE"] ?? usual, {
    addIssue: ({ message }) => {
      throw new RangeError(`SEWER_OUTAGE: ${message}`);
    },
  });
}

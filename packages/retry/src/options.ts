import { parseDuration, parseSize } from "@sewer/core";
import { z } from "zod";

const text = z.union([z.string(), z.number()]);
const duration = text
  .transform((value, context) => parseDuration(value, context))
  // NaN stands for a duration that was reported already.
  .refine((ms) => !(ms < 1), "expected at least 1ms");
const size = text
  .transform((value, context) => parseSize(value, context))
  .refine((bytes) => !(bytes < 1), "expected at least 1 byte");

/** The `retry:` section of a flow config. Resolved durations are in milliseconds, sizes in bytes. */
export const retryOptions = z
  .strictObject({
    base: duration.prefault("5s").describe("Longest wait after the first failure of a batch. Default 5s."),
    cap: duration.prefault("10m").describe("Longest wait after any failure of a batch. Default 10m."),
    maxAttempts: z
      .int()
      .min(1)
      .max(1000)
      .default(10)
      .describe("Failures that are the batch's own after which it goes to quarantine. Default 10."),
    parallel: z.int().min(1).max(64).default(4).describe("Deliveries at the same time per sink. Default 4."),
    parallelBytes: size
      .prefault("2GiB")
      .describe("Bytes of the batches that are delivered at the same time per sink. Default 2GiB."),
    backlogRate: size
      .optional()
      .describe("Bytes per second of batches that are begun from the backlog per sink. Default: no limit."),
    deliverTimeout: duration
      // What a timer can wait.
      .refine((ms) => !(ms > 0x7fffffff), "expected at most 24d")
      .prefault("30m")
      .describe("Time after which one delivery is aborted and tried again later. Default 30m."),
  })
  .refine((options) => !(options.cap < options.base), {
    message: "expected cap to be at least base",
    path: ["cap"],
  })
  .describe("What happens to a batch that could not be delivered.");

/** {@link retryOptions} as a config writes it. */
export type RetryOptions = z.input<typeof retryOptions>;

/** {@link retryOptions} with its defaults, durations in milliseconds, sizes in bytes. */
export type ResolvedRetryOptions = z.output<typeof retryOptions>;

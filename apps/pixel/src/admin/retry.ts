import type { Flow, RetryNowOptions, WokenSink } from "@sewer/flow";
import { z } from "zod";

const retryRequest = z.strictObject({
  sink: z.string().optional(),
  batchIds: z.array(z.string()).max(10_000).optional(),
});

/** What a POST of `/retry` is answered with. */
export interface RetryReport {
  /** Of this form. */
  readonly v: 1;
  readonly sinks: readonly WokenSink[];
}

/**
 * Has flows try what waits now.
 *
 * @param body of a POST of `/retry`: empty, or a JSON object with `sink`, `batchIds`, or both.
 * @returns undefined when it is neither.
 */
export function retryNow(flows: readonly Pick<Flow, "retryNow">[], body: string): RetryReport | undefined {
  const request = requestIn(body);
  if (request === undefined) return undefined;
  return { v: 1, sinks: flows.flatMap((flow) => flow.retryNow(request)) };
}

function requestIn(body: string): RetryNowOptions | undefined {
  if (body === "") return {};
  try {
    return retryRequest.parse(JSON.parse(body));
  } catch {
    // Whoever asks is told what may be asked.
    return undefined;
  }
}

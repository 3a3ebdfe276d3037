import type { RetryNowOptions, WokenSink } from "@sewer/flow";
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

/** A flow that can be told to try now what waits. */
export interface RetryableFlow {
  retryNow(options: RetryNowOptions): readonly WokenSink[] | Promise<readonly WokenSink[]>;
}

/**
 * Has flows try what waits now.
 *
 * @param body of a POST of `/retry`: empty, or a JSON object with `sink`, `batchIds`, or both.
 * @returns undefined when it is neither.
 */
export async function retryNow(
  flows: readonly RetryableFlow[],
  body: string,
): Promise<RetryReport | undefined> {
  const request = requestIn(body);
  if (request === undefined) return undefined;
  const sinks = await Promise.all(flows.map(async (flow) => flow.retryNow(request)));
  return { v: 1, sinks: sinks.flat() };
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

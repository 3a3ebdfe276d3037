import { ManualClock, seededRandom } from "@sewer/testkit";
import { RetryQueue, retryOptions, type RetryOptions } from "@sewer/retry";

/** Errors as a sink may throw them. */
export const ownTemporary = { scope: "batch", retry: "temporary" } as const;
export const ownPermanent = { scope: "batch", retry: "permanent" } as const;
export const sinkTemporary = { scope: "sink", retry: "temporary" } as const;
export const sinkPermanent = { scope: "sink", retry: "permanent" } as const;

/** A queue of names on a clock that stands still. */
export interface Bench {
  readonly queue: RetryQueue<string>;
  readonly clock: ManualClock;
}

/** A new one. */
export function newQueue(options: RetryOptions = {}, seed = 1): Bench {
  const clock = new ManualClock();
  const random = seededRandom(seed);
  return { queue: new RetryQueue<string>({ retry: retryOptions.parse(options), clock, random }), clock };
}

/** Moves the clock to when the queue gives something, and takes it. */
export function takeNext(queue: RetryQueue<string>, clock: ManualClock): string | undefined {
  const dueMs = queue.nextDueMs;
  if (dueMs === undefined) return undefined;
  clock.advance(Math.max(0, dueMs - clock.monotonic()));
  return queue.take();
}

/** Everything that the queue gives without time passing. */
export function takeAll(queue: RetryQueue<string>): string[] {
  const taken: string[] = [];
  for (let item = queue.take(); item !== undefined; item = queue.take()) taken.push(item);
  return taken;
}

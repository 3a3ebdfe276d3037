import type { Random } from "@sewer/core";
import { ManualClock } from "@sewer/testkit";
import { RetryQueue, retryOptions, type RetryableError, type RetryOptions } from "@sewer/retry";

/** What happens in a {@link simulate}d run. Times are milliseconds from its start. */
export interface Scenario {
  readonly random: Random;
  readonly retry?: RetryOptions;
  /** When each item is added; item n is added at the n-th time. */
  readonly arrivals: readonly number[];
  /** What the attempt of `item` that ends at `atMs` comes to: undefined is a success. */
  readonly outcome: (item: number, atMs: number) => RetryableError | undefined;
  /** How long an attempt takes. */
  readonly attemptMs: (random: Random) => number;
  readonly endMs: number;
  /** Called before each step, to disturb. */
  readonly disturb?: (clock: ManualClock) => void;
}

/** One attempt as it went. */
export interface Attempt {
  readonly item: number;
  readonly beganMs: number;
  readonly endedMs: number;
  readonly isSuccess: boolean;
}

/** What came of a {@link simulate}d run. */
export interface Outcome {
  readonly attempts: readonly Attempt[];
  readonly deliveredMs: ReadonlyMap<number, number>;
  readonly quarantined: readonly number[];
  readonly runningMax: number;
  readonly queue: RetryQueue<number>;
}

/** Runs a queue against a sink that the scenario describes, event by event, on a manual clock. */
export function simulate(scenario: Scenario): Outcome {
  const { random } = scenario;
  const clock = new ManualClock();
  const queue = new RetryQueue<number>({ retry: retryOptions.parse(scenario.retry ?? {}), clock, random });
  const attempts: Attempt[] = [];
  const deliveredMs = new Map<number, number>();
  const quarantined: number[] = [];
  let runningMax = 0;

  function finish(item: number, beganMs: number): void {
    const endedMs = clock.monotonic();
    const error = scenario.outcome(item, endedMs);
    attempts.push({ item, beganMs, endedMs, isSuccess: error === undefined });
    if (error === undefined) {
      queue.succeeded(item);
      deliveredMs.set(item, endedMs);
    } else if (queue.failed(item, error).kind === "quarantine") {
      queue.removed(item);
      quarantined.push(item);
    }
  }

  const arrivals = scenario.arrivals.map((atMs, item) => ({ atMs, item })).sort((a, b) => b.atMs - a.atMs);
  let running: { readonly item: number; readonly beganMs: number; readonly endsMs: number }[] = [];

  while (clock.monotonic() < scenario.endMs) {
    const nowMs = clock.monotonic();
    for (const { item, beganMs } of running.filter(({ endsMs }) => endsMs <= nowMs)) finish(item, beganMs);
    running = running.filter(({ endsMs }) => endsMs > nowMs);
    while ((arrivals.at(-1)?.atMs ?? Infinity) <= nowMs) queue.add(arrivals.pop()?.item ?? NaN);
    for (let item = queue.take(); item !== undefined; item = queue.take()) {
      running.push({ item, beganMs: nowMs, endsMs: nowMs + scenario.attemptMs(random) });
      runningMax = Math.max(runningMax, queue.running);
    }
    scenario.disturb?.(clock);
    const nextMs = Math.min(
      queue.nextDueMs ?? Infinity,
      arrivals.at(-1)?.atMs ?? Infinity,
      ...running.map(({ endsMs }) => endsMs),
      scenario.endMs,
    );
    clock.advance(nextMs - nowMs);
  }
  return { attempts, deliveredMs, quarantined, runningMax, queue };
}

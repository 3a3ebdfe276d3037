import type { Random } from "@sewer/core";
import { seededRandom } from "@sewer/testkit";
import type { ResolvedRetryOptions } from "@sewer/retry";

/**
 * What is wrong with a batch, for ever or for a number of attempts.
 *
 * - `own`: it fails by its own fault.
 * - `permanent`: the same, and no attempt will ever do.
 * - `refused`: the sink fails with it, whenever it is tried, by nobody's known fault.
 * - `kills`: the process ends during its attempt.
 */
export interface Fault {
  readonly kind: "own" | "permanent" | "refused" | "kills";
  readonly times: number;
}

/** One batch of a scenario. */
export interface Arrival {
  readonly atMs: number;
  readonly isFresh: boolean;
  readonly bytes: number;
  readonly fault: Fault | undefined;
}

/** A time in which every attempt fails by the sink's fault. */
export interface Outage {
  readonly fromMs: number;
  readonly untilMs: number;
  /** What the failing sink asks for. */
  readonly retryAfterMs: number | undefined;
}

/** Everything that happens to a queue. It follows from the seed alone. */
export interface Scenario {
  readonly seed: number;
  readonly retry: ResolvedRetryOptions;
  readonly arrivals: readonly Arrival[];
  readonly outages: readonly Outage[];
  /** Share of the attempts outside of outages that fail by the sink's fault, until {@link calmMs}. */
  readonly flakiness: number;
  /** The process is killed at these times. */
  readonly killsMs: readonly number[];
  /** Chance that a step sets the wall clock to any time, and that it withdraws or aborts something. */
  readonly jumpChance: number;
  readonly withdrawChance: number;
  readonly abortChance: number;
  readonly attemptMaxMs: number;
  /** From here on nothing fails but by a batch's own fault. */
  readonly calmMs: number;
  /** For what is drawn during the run. */
  readonly random: Random;
}

/** The scenario of a seed. */
export function scenarioOf(seed: number): Scenario {
  // Seeds that follow each other would begin alike.
  const random = seededRandom(Math.imul(seed, 0x9e3779b1));
  const upTo = (limit: number): number => Math.floor(random.next() * limit);
  const chance = (share: number): boolean => random.next() < share;
  const pick = <Value>(values: readonly Value[]): Value => values[upTo(values.length)] as Value;

  const isBusy = chance(0.5);
  const spanMs = isBusy ? 5000 : 60_000;
  const base = pick([100, 1000, 5000]);
  const hasKills = chance(0.25);
  const outages = Array.from({ length: upTo(3) }, () => {
    const fromMs = upTo(spanMs * 2) - spanMs / 2;
    const untilMs = fromMs + upTo(chance(0.3) ? 300_000 : 20_000);
    return { fromMs, untilMs, retryAfterMs: chance(0.2) ? 1 + upTo(90_000) : undefined };
  });
  const killsMs = hasKills ? Array.from({ length: upTo(6) }, () => upTo(spanMs)) : [];
  return {
    seed,
    retry: {
      base,
      cap: base * pick([1, 8, 64]),
      maxAttempts: 1 + upTo(6),
      parallel: pick([1, 2, 3, 4, 4, 8]),
      parallelBytes: pick([1, 100, 150, 1e9]),
      backlogRate: chance(0.25) ? pick([10, 100, 1000]) : undefined,
      deliverTimeout: 1,
    },
    arrivals: Array.from({ length: 3 + upTo(isBusy ? 25 : 12) }, () => ({
      atMs: chance(0.4) ? 0 : upTo(spanMs),
      isFresh: chance(0.6),
      bytes: upTo(101),
      fault: chance(0.2) ? faultOf(random, hasKills) : undefined,
    })),
    outages,
    flakiness: chance(0.3) ? random.next() * 0.7 : 0,
    killsMs,
    jumpChance: chance(0.3) ? 0.2 : 0,
    withdrawChance: chance(0.1) ? 0.05 : 0,
    abortChance: chance(0.1) ? 0.05 : 0,
    attemptMaxMs: pick([1, 100, 3000]),
    calmMs: Math.max(spanMs, ...killsMs, ...outages.map(({ untilMs }) => untilMs)),
    random,
  };
}

function faultOf(random: Random, hasKills: boolean): Fault {
  const draw = random.next();
  const times = random.next() < 0.5 ? Infinity : 1 + Math.floor(random.next() * 8);
  if (hasKills && draw < 0.4) return { kind: "kills", times: 1 + Math.floor(random.next() * 5) };
  if (draw < 0.5) return { kind: "own", times };
  return draw < 0.6 ? { kind: "permanent", times: Infinity } : { kind: "refused", times };
}

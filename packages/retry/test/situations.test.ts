import { seededRandom } from "@sewer/testkit";
import { describe, expect, test } from "vitest";
import { simulate } from "./situation.ts";

const own = { scope: "batch", retry: "temporary" } as const;
const ofSink = { scope: "sink", retry: "temporary" } as const;
const seeds = [1, 2, 3, 5, 8, 13, 21, 34];

function isBad(item: number): boolean {
  return item % 3 === 0;
}

function every(stepMs: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => index * stepMs);
}

describe.each(seeds)("seed %d", (seed) => {
  test("batches that fail on their own hold up nobody, however many there are", () => {
    const arrivals = every(500, 90);
    const { deliveredMs, quarantined, runningMax } = simulate({
      random: seededRandom(seed),
      retry: { base: "2s", cap: "10s", maxAttempts: 6, parallel: 2 },
      arrivals,
      outcome: (item) => (isBad(item) ? own : undefined),
      attemptMs: (random) => 20 + random.next() * 80,
      endMs: 200_000,
    });
    expect(runningMax).toBeLessThanOrEqual(2);
    expect(quarantined.toSorted((a, b) => a - b)).toEqual([...arrivals.keys()].filter(isBad));
    for (const item of [...arrivals.keys()].filter((candidate) => !isBad(candidate))) {
      expect((deliveredMs.get(item) ?? Infinity) - (arrivals[item] ?? 0)).toBeLessThan(1000);
    }
  });

  test("an outage is probed by few deliveries, and all is delivered within seconds of its end", () => {
    const [downMs, upMs] = [5000, 305_000];
    const arrivals = every(1000, 310);
    const { attempts, deliveredMs, quarantined, queue } = simulate({
      random: seededRandom(seed),
      retry: { maxAttempts: 1 },
      arrivals,
      outcome: (_, atMs) => (atMs >= downMs && atMs < upMs ? ofSink : undefined),
      attemptMs: () => 50,
      endMs: 400_000,
    });
    expect(quarantined).toEqual([]);
    expect(deliveredMs.size).toBe(arrivals.length);
    expect([queue.waiting, queue.running, queue.retrying, queue.isSinkFailing]).toEqual([0, 0, 0, false]);
    // Five minutes: growth to the cap in about 7 attempts, then one in 30 s on average.
    const probes = attempts.filter((attempt) => !attempt.isSuccess);
    expect(probes.length).toBeLessThan(45);
    const firstMs = Math.min(
      ...attempts.filter((a) => a.isSuccess && a.endedMs >= upMs).map((a) => a.endedMs),
    );
    expect(firstMs - upMs).toBeLessThanOrEqual(60_000 + 50);
    // 300 deliveries of 50 ms, 4 at a time, take 3.75 s; the released ones wait 1 s at most.
    expect(Math.max(...deliveredMs.values()) - firstMs).toBeLessThan(7000);
  });

  test("one batch that the sink always refuses, by nobody's known fault, slows the others by little", () => {
    const arrivals = every(200, 600);
    const { attempts, deliveredMs } = simulate({
      random: seededRandom(seed),
      arrivals,
      outcome: (item) => (item === 20 ? ofSink : undefined),
      attemptMs: () => 30,
      endMs: 125_000,
    });
    expect(deliveredMs.size).toBe(599);
    for (const [item, atMs] of deliveredMs) expect(atMs - (arrivals[item] ?? 0)).toBeLessThan(2500);
    expect(attempts.filter((attempt) => attempt.item === 20).length).toBeLessThan(25);
  });

  test("no item is starved by a stream that fills every slot", () => {
    const arrivals = every(10, 2000);
    const failedOnce = new Set<number>();
    const { deliveredMs } = simulate({
      random: seededRandom(seed),
      retry: { base: "1s", cap: "1s", parallel: 1 },
      arrivals,
      outcome: (item) => {
        if (item % 100 !== 0 || failedOnce.has(item)) return undefined;
        failedOnce.add(item);
        return own;
      },
      attemptMs: () => 10,
      endMs: 25_000,
    });
    expect(deliveredMs.size).toBe(arrivals.length);
    for (const item of failedOnce) {
      expect((deliveredMs.get(item) ?? Infinity) - (arrivals[item] ?? 0)).toBeLessThan(2500);
    }
  });

  test("any mix of faults: once each, never more than `parallel`, sink faults quarantine nothing", () => {
    const chance = seededRandom(seed + 1000);
    const { attempts, deliveredMs, quarantined, runningMax } = simulate({
      random: seededRandom(seed),
      retry: { base: "100ms", cap: "5s", maxAttempts: 1000, parallel: 3 },
      arrivals: Array.from({ length: 100 }, () => chance.next() * 20_000),
      outcome: (item) => {
        if (item % 10 === 0) return { scope: "batch", retry: "permanent" };
        const draw = chance.next();
        return draw < 0.3 ? ofSink : draw < 0.4 ? own : undefined;
      },
      attemptMs: (random) => random.next() * 200,
      endMs: 300_000,
      disturb: (clock) => {
        if (chance.next() < 0.1) clock.jumpTo(chance.next() * 4e12);
      },
    });
    expect(runningMax).toBeLessThanOrEqual(3);
    expect(quarantined.length).toBe(10);
    expect(deliveredMs.size).toBe(90);
    expect(attempts.filter((attempt) => attempt.isSuccess).length).toBe(90);
  });
});

import { ManualClock, seededRandom } from "@sewer/testkit";
import { expect, test } from "vitest";
import { SinkGate } from "../src/sink-gate.ts";

function newGate(seed = 1): { gate: SinkGate; clock: ManualClock } {
  const clock = new ManualClock();
  const backoff = { baseMs: 1000, capMs: 60_000 };
  return { gate: new SinkGate({ backoff, clock, random: seededRandom(seed) }), clock };
}

function fail(gate: SinkGate, isSuspect = false, generation = gate.generation): void {
  gate.failed({ generation, isSuspect });
}

test("it starts open, shuts at the first failure and opens at the first success", () => {
  const { gate, clock } = newGate();
  expect(gate.isFailing).toBe(false);
  fail(gate);
  expect(gate.isFailing).toBe(true);
  expect(gate.opensMs).toBeGreaterThanOrEqual(clock.monotonic());
  expect(gate.opensMs).toBeLessThanOrEqual(clock.monotonic() + 1000);
  expect(gate.succeeded()).toBe(true);
  expect(gate.isFailing).toBe(false);
  expect(gate.succeeded()).toBe(false);
});

test("deliveries that fail side by side count once", () => {
  const { gate } = newGate();
  const generation = gate.generation;
  for (let count = 0; count < 4; count += 1) fail(gate, false, generation);
  expect(gate.failures).toBe(1);
});

test("the waits grow to the cap and begin again after a success", () => {
  const { gate, clock } = newGate(7);
  let longestMs = 0;
  for (let count = 1; count <= 200; count += 1) {
    fail(gate);
    const waitMs = gate.opensMs - clock.monotonic();
    expect(waitMs).toBeLessThanOrEqual(Math.min(60_000, 1000 * 2 ** (count - 1)));
    longestMs = Math.max(longestMs, waitMs);
  }
  expect(longestMs).toBeGreaterThan(50_000);
  gate.succeeded();
  fail(gate);
  expect(gate.opensMs - clock.monotonic()).toBeLessThanOrEqual(1000);
});

test("a batch that fails on its own does not shut it, three such failures in a row do", () => {
  const { gate } = newGate();
  for (let count = 0; count < 10; count += 1) {
    fail(gate, true);
    fail(gate, true);
    expect(gate.isFailing).toBe(false);
    gate.succeeded();
  }
  for (let count = 0; count < 3; count += 1) fail(gate, true);
  expect(gate.isFailing).toBe(true);
});

import { expect, test } from "vitest";
import { EventMeter, tickMs } from "../../src/graphite/event-meter.ts";

test("the first 5 s are every average, then each moves by its weight", () => {
  const meter = new EventMeter(1000, 0);
  meter.tick(1010);
  expect(meter.rates(1010, tickMs)).toEqual({ moving: [2, 2, 2], mean: 2 });
  // Nothing for a minute: what is left is 1/e of the average over one minute.
  for (let i = 0; i < 12; i++) meter.tick(1010);
  const { moving, mean } = meter.rates(1010, 13 * tickMs);
  expect(moving[0]).toBeCloseTo(2 / Math.E, 10);
  expect(moving[1]).toBeCloseTo(2 * Math.exp(-1 / 5), 10);
  expect(moving[2]).toBeCloseTo(2 * Math.exp(-1 / 15), 10);
  expect(mean).toBeCloseTo(10 / 65, 10);
});

test("at a steady rate every average is that rate", () => {
  const meter = new EventMeter(0, 0);
  for (let i = 1; i <= 500; i++) meter.tick(i * 35);
  const { moving, mean } = meter.rates(500 * 35, 500 * tickMs);
  for (const rate of [...moving, mean]) expect(rate).toBeCloseTo(7, 9);
});

test("has no rate before any time has passed", () => {
  expect(new EventMeter(5, 0).rates(5, 0)).toEqual({ moving: [0, 0, 0], mean: 0 });
});

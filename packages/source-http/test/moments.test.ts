import * as fc from "fast-check";
import { expect, it } from "vitest";
import { Moments } from "../src/moments.ts";

it("mean and deviation are those of the whole row, however it is cut into runs", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 5000 })), {
        minLength: 1,
      }),
      (runs) => {
        const moments = new Moments();
        const all: number[] = [];
        for (const [count, value] of runs) {
          moments.add(count, value);
          for (let index = 0; index < count; index += 1) all.push(value);
        }
        const total = all.reduce((sum, value) => sum + value, 0);
        const mean = total / all.length;
        const variance = all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length;
        expect(moments.count).toBe(all.length);
        expect(moments.total).toBe(total);
        expect(moments.max).toBe(Math.max(...all));
        expect(moments.mean).toBeCloseTo(mean, 6);
        expect(moments.standardDeviation).toBeCloseTo(Math.sqrt(variance), 4);
      },
    ),
  );
});

it("is 0 while it is empty", () => {
  expect(new Moments().standardDeviation).toBe(0);
});

it("rows merge into the moments of all their values", () => {
  const values = fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 50 });
  fc.assert(
    fc.property(fc.array(values, { minLength: 1, maxLength: 5 }), (rows) => {
      const whole = new Moments();
      const merged = new Moments();
      for (const row of rows) {
        const part = new Moments();
        for (const value of row) {
          part.add(1, value);
          whole.add(1, value);
        }
        merged.merge(part.sums);
      }
      expect(merged.count).toBe(whole.count);
      expect(merged.total).toBe(whole.total);
      expect(merged.max).toBe(whole.max);
      expect(merged.mean).toBeCloseTo(whole.mean, 6);
      expect(merged.standardDeviation).toBeCloseTo(whole.standardDeviation, 4);
    }),
  );
});

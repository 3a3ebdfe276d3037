import { describeHdfs } from "@sewer/hdfs-testbed/vitest";
import { accessLogEvent } from "@sewer/writable";
import { expect, test } from "vitest";
import { writableBenchmark } from "../src/benchmarks/writable.ts";
import { shortEvents } from "../src/short-events.ts";

test("short events have 295 bytes on average", () => {
  const events = shortEvents();
  const bytes = events.reduce((sum, event) => sum + accessLogEvent.encode(event).length, 0);
  expect(Math.round(bytes / events.length)).toBe(295);
});

describeHdfs("writable", () => {
  test("counts its records, ours and Java's", async () => {
    const result = await writableBenchmark({ rounds: 2, records: 3000, warmUps: 0 });
    expect(result.events).toBe(2 * 6 * 3000);
    expect(result.figures).toHaveLength(6 * 3);
    for (const { name, rounds } of result.figures) {
      expect(rounds, name).toHaveLength(2);
      expect(rounds.every(Number.isFinite), name).toBe(true);
    }
  });
});

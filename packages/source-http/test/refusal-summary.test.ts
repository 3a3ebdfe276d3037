import { silentLogger, type LogFields } from "@sewer/core";
import { describe, expect, it } from "vitest";
import { httpSamples } from "../src/http-metrics.ts";
import { HttpStatistics } from "../src/http-statistics.ts";
import { RefusalSummary } from "../src/refusal-summary.ts";

describe("refused requests", () => {
  it("are told in one line a minute, by reason, and only when there were some", () => {
    const lines: LogFields[] = [];
    const statistics = new HttpStatistics(0);
    const logger = { ...silentLogger, warn: (fields: LogFields) => void lines.push(fields) };
    const summary = new RefusalSummary(statistics, logger, 0);
    for (let second = 1; second <= 180; second += 1) {
      if (second <= 100) statistics.refused["bad-target"] += 1000;
      if (second === 30) statistics.connectionsRefused += 7;
      summary.tick(second * 1000);
    }
    expect(lines).toEqual([
      { seconds: 60, requests: 60_000, reasons: { "bad-target": 60_000 }, connections: 7 },
      { seconds: 60, requests: 40_000, reasons: { "bad-target": 40_000 }, connections: 0 },
    ]);
    statistics.refused["head-timeout"] += 1;
    summary.tell(185_000);
    expect(lines[2]).toMatchObject({ seconds: 5, reasons: { "head-timeout": 1 } });
  });
});

describe("latency", () => {
  it("is a Prometheus histogram of plain counters", () => {
    const statistics = new HttpStatistics(0);
    for (const [count, ms] of [
      [3, 1],
      [2, 1.5],
      [1, 20_000],
    ] as const)
      statistics.answered(204, count, ms);
    const samples = [...httpSamples(statistics, "s")].filter(({ name }) =>
      name.startsWith("sewer_http_request_seconds"),
    );
    const value = (le: string): number | undefined =>
      samples.find(({ labels }) => labels?.["le"] === le)?.value;
    expect([value("0.001"), value("0.0025"), value("10"), value("+Inf")]).toEqual([3, 5, 5, 6]);
    expect(samples.find(({ name }) => name.endsWith("_count"))?.value).toBe(6);
    expect(samples.find(({ name }) => name.endsWith("_sum"))?.value).toBeCloseTo(20.006);
  });
});

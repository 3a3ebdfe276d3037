import { mkdirSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describeHdfs } from "@sewer/hdfs-testbed/vitest";
import { describe, expect, onTestFinished, test } from "vitest";
import { deliveryCostBenchmark } from "../src/benchmarks/delivery-cost.ts";
import { drainBenchmark, smallBatchesBenchmark } from "../src/benchmarks/drain.ts";
import { outageBenchmark } from "../src/benchmarks/outage.ts";
import type { BenchmarkResult } from "../src/figure.ts";
import { findNginx, Nginx } from "../src/nginx.ts";
import { sampleEventRecords } from "../src/sample-events.ts";
import { withDirectory } from "../src/spool-files.ts";

const nginx = findNginx();

// Whether a goal is reached is no question for a test: the machine is not quiet.
function expectFigures(result: BenchmarkResult, rounds: number): void {
  for (const figure of result.figures) {
    expect(figure.rounds, figure.name).toHaveLength(rounds);
    expect(
      figure.rounds.every((value) => Number.isFinite(value) && value > 0),
      figure.name,
    ).toBe(true);
  }
}

describeHdfs("benchmarks with a real HDFS", () => {
  test("cost counts its events, and compares with nginx where there is one", async () => {
    const result = await deliveryCostBenchmark({ rounds: 1, requests: 500 });
    expectFigures(result, 1);
    expect(result.events).toBe(500);
    expect(result.figures).toHaveLength(nginx === undefined ? 3 : 5);
  });

  test("drain delivers its backlog, compressed and not", async () => {
    const result = await drainBenchmark({ rounds: 1, backlog: { batches: 2, recordsPerBatch: 100 } });
    expectFigures(result, 1);
    expect(result.events).toBe(2 * 200);
  });

  test("small delivers its batches", async () => {
    const result = await smallBatchesBenchmark({ rounds: 1, batches: 5 });
    expectFigures(result, 1);
    expect(result.events).toBe(50);
  });

  test("outage sends its load three times a round", async () => {
    const result = await outageBenchmark({ rounds: 1, rate: 200, seconds: 1 });
    expectFigures(result, 1);
    expect(result.events).toBe(600);
  });
});

test("gzip makes the sample as much smaller as it makes real events", () => {
  const bytes = Buffer.concat(sampleEventRecords());
  const ratio = bytes.length / gzipSync(bytes, { level: 1 }).length;
  expect(ratio).toBeGreaterThan(2.4);
  expect(ratio).toBeLessThan(2.8);
  expect(bytes.length / sampleEventRecords().length).toBeGreaterThan(900);
});

describe.skipIf(nginx === undefined)(`nginx${nginx ? "" : " [skipped: nginx is not installed]"}`, () => {
  test("it answers 204, logs each request, and ends", () =>
    withDirectory(async (dir) => {
      mkdirSync(join(dir, "nginx"));
      const server = await Nginx.start(nginx!, join(dir, "nginx"), 0);
      let isClosed = false;
      onTestFinished(async () => {
        if (!isClosed) await server.close();
      });
      const url = `http://127.0.0.1:${server.port}/pixel.gif?a=b`;
      expect(await Promise.all([statusOf(url), statusOf(url)])).toEqual([204, 204]);
      await server.settle(2);
      expect(server.cpu).toBeGreaterThan(0);
      await server.close();
      isClosed = true;
      await expect(statusOf(url)).rejects.toThrow("ECONNREFUSED");
    }));
});

function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode));
    }).on("error", reject);
  });
}

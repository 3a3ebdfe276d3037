import { existsSync } from "node:fs";
import { join } from "node:path";
import { httpSourceOptions, HttpSource } from "@sewer/source-http";
import { noMetrics, silentLogger, systemClock, systemRandom } from "@sewer/core";
import { nodeFileSystem } from "@sewer/core/node";
import { expect, onTestFinished, test } from "vitest";
import { makeBacklog } from "../src/backlog.ts";
import { BareLog } from "../src/bare-log.ts";
import { appendBenchmark } from "../src/benchmarks/append.ts";
import { backlogBenchmark } from "../src/benchmarks/backlog.ts";
import { serverBenchmark } from "../src/benchmarks/server.ts";
import { verifyBenchmark } from "../src/benchmarks/verify.ts";
import type { BenchmarkResult } from "../src/figure.ts";
import { NullChannel } from "../src/null-channel.ts";
import { pixelRequest } from "../src/pixel-request.ts";
import { recordBytes, sampleRecords } from "../src/records.ts";
import { RoleProcess } from "../src/role-process.ts";
import { sealedBelow, withDirectory } from "../src/spool-files.ts";

// Whether a goal is reached is no question for a test: the machine is not quiet.
function expectFigures(result: BenchmarkResult, rounds: number): void {
  const [first] = result.figures;
  expect(first?.rounds).toHaveLength(rounds);
  for (const figure of result.figures) {
    expect(figure.rounds.every(Number.isFinite), figure.name).toBe(true);
  }
}

test("append counts its records", async () => {
  const result = await appendBenchmark({ rounds: 1, records: 2000 });
  expectFigures(result, 1);
  expect(result.events).toBe(6 * 2000);
});

test("server counts its requests", async () => {
  const result = await serverBenchmark({ rounds: 2, requests: 1000 });
  expectFigures(result, 2);
  // Whole bursts on every connection: 1024 of each server in each round.
  expect(result.events).toBe(2 * 3 * 1024);
});

test("verify counts its records", async () => {
  const result = await verifyBenchmark({ rounds: 2, records: 1000 });
  expectFigures(result, 2);
  expect(result.events).toBe(2 * 1000);
});

test("backlog finds its batches", async () => {
  const result = await backlogBenchmark({ rounds: 1, batches: 30 });
  expectFigures(result, 1);
  expect(result.events).toBe(30);
});

test("a backlog has as many batches as were asked for", () =>
  withDirectory(async (dir) => {
    await makeBacklog(dir, 19);
    expect((await sealedBelow(join(dir, "q", "main"))).paths).toHaveLength(19);
  }));

test.each([
  { isChecked: false, isSynced: false },
  { isChecked: true, isSynced: false },
  { isChecked: false, isSynced: true },
])("the bare log takes records and leaves no file: %o", (options) =>
  withDirectory(async (dir) => {
    const path = join(dir, "log");
    const log = await BareLog.open(path, options);
    for (const record of sampleRecords(1000)) expect(log.append(record)).toBe(true);
    expect(existsSync(path)).toBe(true);
    await log.close();
    expect(existsSync(path)).toBe(false);
  }),
);

test("the request's record is as long as those that are appended", async () => {
  const channel = new NullChannel();
  const source = new HttpSource(httpSourceOptions.parse({ type: "http", host: "127.0.0.1", port: 0 }), {
    flow: "bench",
    name: "source",
    hostname: "localhost",
    baseDir: ".",
    clock: systemClock,
    random: systemRandom,
    fs: nodeFileSystem,
    logger: silentLogger,
    metrics: noMetrics,
  });
  await source.open(channel);
  onTestFinished(() => source.close(0));
  const load = new RoleProcess("load-role");
  onTestFinished(() => load.close());
  const port = Number(new URL(source.addresses.pixel).port);
  const sent = await load.ask("run", { port, connections: 2, depth: 3, requests: 6 });
  expect(sent).toBe(6);
  expect(channel.bytes / 6, `the request has ${pixelRequest.length} bytes`).toBe(recordBytes);
});

test("what a role throws reaches whoever asked", async () => {
  const role = new RoleProcess("load-role");
  onTestFinished(() => role.close());
  await expect(role.ask("dance")).rejects.toThrow("dance");
});

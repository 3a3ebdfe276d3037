/** A flow of HTTP source, spool and a sink that is away: `flow-role.ts DIR`. */
import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import {
  noMetrics,
  SewerError,
  silentLogger,
  systemClock,
  systemRandom,
  type JsonObject,
  type Receipt,
  type SegmentInfo,
  type Sink,
} from "@sewer/core";
import { nodeFileSystem } from "@sewer/core/node";
import { Flow } from "@sewer/flow";
import { retryOptions } from "@sewer/retry";
import { HttpSource, httpSourceOptions } from "@sewer/source-http";
import { spoolOptions } from "@sewer/spool";
import { FaultFileSystem } from "@sewer/testkit";
import { answerAsks } from "../answer-asks.ts";
import { names } from "../spool-files.ts";

/** Takes nothing, as HDFS in an outage. */
const away: Sink = {
  capabilities: { atomicPublish: true, idempotentRedelivery: true },
  plan: (segment: SegmentInfo): JsonObject => ({ path: `/away/${segment.batchId}` }),
  open: async () => {},
  deliver: async (): Promise<Receipt> => {
    throw new SewerError("SEWER_BENCH_AWAY", "the sink of this benchmark is always away");
  },
  close: async () => {},
};

const [dir = "", counted] = process.argv.slice(2);
// Remembers every call, which takes memory: only where the calls are asked for.
const counting = counted === "counted" ? new FaultFileSystem() : undefined;
const fs = counting ?? nodeFileSystem;
const surroundings = {
  clock: systemClock,
  random: systemRandom,
  fs,
  logger: silentLogger,
  metrics: noMetrics,
};
const source = new HttpSource(httpSourceOptions.parse({ type: "http", host: "127.0.0.1", port: 0 }), {
  flow: names.flow,
  name: "source",
  hostname: "localhost",
  baseDir: dir,
  ...surroundings,
});
const flow = new Flow({
  name: names.flow,
  source,
  sinks: new Map([[names.sink, away]]),
  spool: spoolOptions.parse({ minFree: 0 }),
  spoolDir: dir,
  retry: retryOptions.parse({}),
  host: "localhost",
  ...surroundings,
});
// As the program does (apps/pixel/src/runtime/young-generation.ts).
setFlagsFromString("--semi-space-growth-factor=1");
await flow.open();
const calls = counting?.calls.slice() ?? [];
const backlogRoom = new RegExp(`/(?:q|quarantine)/${names.sink}(?:/|$)`);

answerAsks(
  {
    url: async () => source.addresses.pixel,
    /** Calls before the source listened: all, and those that were not about the backlog. */
    calls: async () => ({
      all: calls.length,
      own: calls.filter(({ path }) => !backlogRoom.test(path)).length,
    }),
    memory: async () => {
      while (flow.status().delivery.spool?.started !== true) await pause(20);
      await pause(1000);
      const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
      const batches = flow.status().delivery.spool?.sinks[names.sink]?.onDisk.batches ?? 0;
      return { rss: process.memoryUsage.rss() / 1e6, peak: Number(peak) / 1000, batches };
    },
  },
  () => flow.close({ graceMs: 0, deliverMs: 0 }),
);

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

// How much of the event loop an encoding takes: `node --conditions=@sewer/source bench/encode.ts [ROUNDS]`.
// Threads against compression in libuv's pool, in turn, at level 1, beside a loop of writes like the spool's.
import { open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance, monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import { formatOptions, sharedEncoders } from "../src/index.ts";
import { encodeHere } from "./libuv-rival.ts";
import { sampleBatch, schema } from "./sample-batch.ts";

const rounds = Number(process.argv[2] ?? 7);
const batchBytes = 32 * 1024 * 1024;
const batch = sampleBatch("01JDEF0000000000000000ABCD-00000001", batchBytes);
const format = formatOptions.parse({});
const signal = new AbortController().signal;

const ways = {
  threads: () => sharedEncoders.encode({ format, schema, batch, tally: { records: 0 } }, signal),
  libuv: () => encodeHere(batch),
  /** What both have to do before. */
  reading: () => readOnly(),
};

interface Measured {
  readonly mainCpu: number;
  readonly processCpu: number;
  readonly speed: number;
  readonly lateness: number;
  readonly writeTime: number;
}

/** Encodes so many times at once: ms of CPU a MiB, MiB/s. */
async function measureCpu(
  way: keyof typeof ways,
  deliveries: number,
): Promise<Pick<Measured, "mainCpu" | "processCpu" | "speed">> {
  const [main, all, startMs] = [process.threadCpuUsage(), process.cpuUsage(), performance.now()];
  await drainAtOnce(way, deliveries);
  const ms = performance.now() - startMs;
  const [mainUsed, allUsed] = [process.threadCpuUsage(main), process.cpuUsage(all)];
  const mebibytes = (batch.bytes * deliveries) / 1024 ** 2;
  return {
    mainCpu: (mainUsed.user + mainUsed.system) / 1000 / mebibytes,
    processCpu: (allUsed.user + allUsed.system) / 1000 / mebibytes,
    speed: (mebibytes * 1000) / ms,
  };
}

/** The same beside a loop of writes: 99th percentiles in ms. */
async function measureDelays(
  way: keyof typeof ways,
  deliveries: number,
): Promise<Pick<Measured, "lateness" | "writeTime">> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const writes = new WriteProbe();
  delay.enable();
  const writing = writes.run();
  await drainAtOnce(way, deliveries);
  delay.disable();
  writes.isStopped = true;
  await writing;
  return { lateness: delay.percentile(99) / 1e6, writeTime: percentile99(writes.times) };
}

async function drainAtOnce(way: keyof typeof ways, deliveries: number): Promise<void> {
  await Promise.all(Array.from({ length: deliveries }, () => drain(ways[way]())));
}

async function drain(chunks: AsyncIterable<Buffer>): Promise<void> {
  for await (const _ of chunks);
}

async function* readOnly(): AsyncGenerator<Buffer> {
  for await (const { payload } of batch.frames(signal)) if (payload.length === 0) yield payload;
}

/** Writes 64 KiB to a file every 5 ms, as a spool does under load. */
class WriteProbe {
  readonly times: number[] = [];
  isStopped = false;

  async run(): Promise<void> {
    const path = join(tmpdir(), `sewer-encode-bench-${process.pid}`);
    const file = await open(path, "w");
    const bytes = Buffer.alloc(65_536);
    try {
      while (!this.isStopped) {
        const startMs = performance.now();
        await file.write(bytes, 0, bytes.length, 0);
        this.times.push(performance.now() - startMs);
        await setTimeout(5);
      }
    } finally {
      await file.close();
      await rm(path);
    }
  }
}

function percentile99(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? Number.NaN;
}

function spreadOf(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const [middle, least, most] = [sorted[sorted.length >> 1]!, sorted[0]!, sorted.at(-1)!];
  return `${middle.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`;
}

const names: Readonly<Record<keyof Measured, string>> = {
  mainCpu: "main-thread CPU, ms a MiB",
  processCpu: "CPU of the process, ms a MiB",
  speed: "MiB/s",
  lateness: "lateness of the event loop, p99, ms",
  writeTime: "a write of 64 KiB beside it, p99, ms",
};

for (const deliveries of [1, 4]) {
  const results: Record<keyof typeof ways, Measured[]> = { threads: [], libuv: [], reading: [] };
  const order = Object.keys(ways) as (keyof typeof ways)[];
  for (let round = 0; round <= rounds; round++) {
    // Another one begins in each round, and the first round only warms up.
    order.push(order.shift()!);
    for (const way of order) {
      const measured = { ...(await measureCpu(way, deliveries)), ...(await measureDelays(way, deliveries)) };
      if (round > 0) results[way].push(measured);
    }
  }
  process.stdout.write(
    `\n| ${deliveries} at once | threads | libuv's pool | threads / pool | reading alone |\n` +
      "| --- | --- | --- | --- | --- |\n",
  );
  for (const key of Object.keys(names) as (keyof Measured)[]) {
    const [ours = [], rival = [], reading = []] = Object.values(results).map((rows) =>
      rows.map((row) => row[key]),
    );
    const ratios = ours.map((value, round) => value / rival[round]!);
    const cells = [ours, rival, ratios, reading].map(spreadOf);
    process.stdout.write(`| ${names[key]} | ${cells.join(" | ")} |\n`);
  }
}

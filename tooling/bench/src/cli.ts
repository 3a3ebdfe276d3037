import { writeFileSync } from "node:fs";
import { inspect } from "node:util";
import { parseBenchArguments, usage, type BenchArguments } from "./arguments.ts";
import { appendBenchmark } from "./benchmarks/append.ts";
import { backlogBenchmark } from "./benchmarks/backlog.ts";
import { deliveryCostBenchmark } from "./benchmarks/delivery-cost.ts";
import { drainBenchmark, smallBatchesBenchmark } from "./benchmarks/drain.ts";
import { httpIdleBenchmark } from "./benchmarks/http-idle.ts";
import { httpLatencyBenchmark } from "./benchmarks/http-latency.ts";
import { httpBenchmark } from "./benchmarks/http.ts";
import { outageBenchmark } from "./benchmarks/outage.ts";
import { scaleBenchmark } from "./benchmarks/scale.ts";
import { serverBenchmark } from "./benchmarks/server.ts";
import { verifyBenchmark } from "./benchmarks/verify.ts";
import { writableBenchmark } from "./benchmarks/writable.ts";
import { tableOf, type BenchmarkResult } from "./figure.ts";
import { thisMachine } from "./machine.ts";

type Benchmark = (options: { readonly rounds: number }) => Promise<BenchmarkResult>;

const benchmarks: Readonly<Record<string, Benchmark>> = {
  append: appendBenchmark,
  server: serverBenchmark,
  verify: verifyBenchmark,
  backlog: backlogBenchmark,
  cost: deliveryCostBenchmark,
  drain: drainBenchmark,
  small: smallBatchesBenchmark,
  outage: outageBenchmark,
  http: httpBenchmark,
  latency: httpLatencyBenchmark,
  idle: httpIdleBenchmark,
  scale: scaleBenchmark,
  writable: writableBenchmark,
};

process.exitCode = await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<number> {
  if (words.includes("--help")) {
    process.stdout.write(usage);
    return 0;
  }
  let asked: BenchArguments;
  try {
    asked = parseBenchArguments(words);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  try {
    await run(asked);
    return 0;
  } catch (error) {
    // With the causes: the first line often names only the round.
    process.stderr.write(`${inspect(error)}\n`);
    return 1;
  }
}

async function run({ names, rounds, json }: BenchArguments): Promise<void> {
  const machine = thisMachine();
  const pinned = machine.isPinned ? "pinned" : "NOT pinned (taskset or a second core is missing)";
  process.stdout.write(
    `${machine.date}  ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}\n` +
      `${rounds} rounds after one of warm-up; processes ${pinned}\n\n`,
  );
  const results: BenchmarkResult[] = [];
  for (const name of names) {
    process.stderr.write(`${name} ...\n`);
    results.push(await benchmarks[name]!({ rounds }));
  }
  process.stdout.write(`${tableOf(results)}\n`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ machine, rounds, results }, null, 2)}\n`);
}

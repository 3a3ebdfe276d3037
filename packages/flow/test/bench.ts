import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FileSystem, Metrics, MetricSample, Sink } from "@sewer/core";
import { Flow, type FlowOptions } from "@sewer/flow";
import { retryOptions, type RetryOptions } from "@sewer/retry";
import { spoolOptions, type SpoolOptions } from "@sewer/spool";
import { FaultFileSystem, ManualClock, seededRandom } from "@sewer/testkit";
import { onTestFinished } from "vitest";
import { MemorySink } from "./memory-sink.ts";
import { MemorySource } from "./memory-source.ts";
import { RecordingLogger } from "./recording-logger.ts";
import { until } from "./until.ts";

/** How a {@link Run} differs from a plain flow with one sink, `main`. */
export interface RunOptions {
  readonly name?: string;
  readonly sinks?: Readonly<Record<string, Sink>>;
  readonly retry?: RetryOptions;
  readonly fs?: FileSystem;
  readonly spool?: SpoolOptions;
  /** @default "memory" */
  readonly durability?: "memory" | "group";
}

/** Keeps the readers that are registered. */
export class RecordingMetrics implements Metrics {
  readonly readers = new Set<() => Iterable<MetricSample>>();

  register(read: () => Iterable<MetricSample>): () => void {
    this.readers.add(read);
    return () => this.readers.delete(read);
  }

  /** The value of one sample; undefined when nobody gives it. */
  value(name: string, labels: Readonly<Record<string, string>>): number | undefined {
    return [...this.readers]
      .flatMap((read) => [...read()])
      .find(
        (sample) =>
          sample.name === name &&
          Object.entries(labels).every(([key, value]) => sample.labels?.[key] === value),
      )?.value;
  }
}

/** One start of a flow on a bench: what the test holds in its hands. */
export interface Run {
  readonly flow: Flow;
  readonly options: FlowOptions;
  readonly source: MemorySource;
  readonly logger: RecordingLogger;
  readonly metrics: RecordingMetrics;
}

/** A spool directory, a clock and a sink that outlive single starts of a flow. */
export class Bench {
  readonly dir: string;
  readonly clock = new ManualClock();
  readonly sink = new MemorySink();
  readonly fs = new FaultFileSystem();
  readonly #random = seededRandom(1);

  constructor(dir: string) {
    this.dir = dir;
  }

  /** What `ls` shows of the spool directory, below `path`. */
  async files(path = ""): Promise<string[]> {
    const names = await readdir(join(this.dir, path), { recursive: true });
    return names.filter((name) => /\.(?:open|seal|jnl|jsonl)$/.test(name)).sort();
  }

  /** A flow that is not open yet. */
  run(options: RunOptions = {}): Run {
    const source = new MemorySource();
    const logger = new RecordingLogger();
    const metrics = new RecordingMetrics();
    const flowOptions: FlowOptions = {
      name: options.name ?? "pixel",
      source,
      sinks: new Map(Object.entries(options.sinks ?? { main: this.sink })),
      spool: spoolOptions.parse({
        durability: options.durability ?? "memory",
        roll: { every: "1s" },
        ...options.spool,
      }),
      spoolDir: this.dir,
      retry: retryOptions.parse({ base: "1s", cap: "5s", ...options.retry }),
      host: "host.example.org",
      clock: this.clock,
      random: this.#random,
      fs: options.fs ?? this.fs,
      logger,
      metrics,
    };
    return { flow: new Flow(flowOptions), options: flowOptions, source, logger, metrics };
  }

  /** A flow that is open; closed when the test ends. */
  async open(options: RunOptions = {}): Promise<Run> {
    const run = this.run(options);
    onTestFinished(() => this.settled(run.flow.close({ graceMs: 0, deliverMs: 0 })));
    await this.settled(run.flow.open());
    return run;
  }

  /** Writes one batch of the given records and waits until it is sealed. */
  async writeBatch(run: Run, ...texts: string[]): Promise<void> {
    const sealed = (): number => run.flow.status().ingest.spool?.segmentsSealed ?? 0;
    const before = sealed();
    run.source.write(...texts);
    await this.until(() => sealed() > before, 20);
  }

  /** Lets time pass until the condition holds. */
  until(condition: () => boolean, stepMs?: number): Promise<void> {
    return until(condition, this.clock, stepMs, this.fs);
  }

  /** Lets time pass until the promise is settled, and gives what it gives. */
  async settled<Value>(promise: Promise<Value>, stepMs?: number): Promise<Value> {
    let isSettled = false;
    const done = (): void => void (isSettled = true);
    promise.then(done, done);
    await this.until(() => isSettled, stepMs);
    return promise;
  }
}

/** A bench on a temporary directory that goes with the test. */
export async function newBench(): Promise<Bench> {
  const parent = await mkdtemp(join(tmpdir(), "sewer-flow-"));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  return new Bench(join(parent, "data", "spool"));
}

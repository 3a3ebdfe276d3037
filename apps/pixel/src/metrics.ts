import type { Metrics, MetricSample } from "@sewer/core";
import { AggregatorRegistry, collectDefaultMetrics, Counter, Gauge, Registry } from "prom-client";
import { exposition } from "./exposition.ts";
import { version } from "./version.ts";

/** What prom-client knows of one process: event loop lag, garbage collection, memory. Plain data. */
export type RuntimeMetrics = Awaited<ReturnType<Registry["getMetricsAsJSON"]>>;

/**
 * Where every component's numbers meet: read when somebody scrapes, never kept. prom-client renders them
 * and adds those of the process.
 */
export class MetricsRegistry implements Metrics {
  readonly #readers = new Set<() => Iterable<MetricSample>>();
  readonly #processName: string | undefined;
  readonly #others: () => Promise<readonly RuntimeMetrics[]>;
  #process: Registry | undefined;

  /**
   * @param processName the label `process` of this process's own metrics, where there are several.
   * @param others gives those of the others, and brings up to date what readers give for them.
   */
  constructor(
    processName?: string,
    others: () => Promise<readonly RuntimeMetrics[]> = () => Promise.resolve([]),
  ) {
    this.#processName = processName;
    this.#others = others;
  }

  register(read: () => Iterable<MetricSample>): () => void {
    // A wrapper of its own, so that the same function registered twice is two readers.
    const reader = (): Iterable<MetricSample> => read();
    this.#readers.add(reader);
    return () => void this.#readers.delete(reader);
  }

  /** The same registry for one flow: each sample gets the label `flow`. */
  forFlow(flow: string): Metrics {
    return {
      register: (read) =>
        this.register(function* () {
          for (const sample of read()) yield { ...sample, labels: { flow, ...sample.labels } };
        }),
    };
  }

  /** Starts to watch the process: event loop lag, garbage collection. Once. */
  watchProcess(): void {
    if (this.#process !== undefined) return;
    this.#process = new Registry();
    const labels = this.#processName === undefined ? {} : { process: this.#processName };
    collectDefaultMetrics({ register: this.#process, labels });
  }

  /** What {@link watchProcess} has seen. */
  async runtimeMetrics(): Promise<RuntimeMetrics> {
    return (await this.#process?.getMetricsAsJSON()) ?? [];
  }

  /** What all readers give now. */
  samples(): MetricSample[] {
    return [...this.#readers].flatMap((reader) => [...reader()]);
  }

  /** The Prometheus text format, version 0.0.4. */
  async text(): Promise<string> {
    const others = await this.#others();
    const registry = new Registry();
    const info = { name: "sewer_build_info", help: "What runs here.", labelNames: ["version"] };
    new Gauge({ ...info, registers: [registry] }).set({ version }, 1);
    const families = new Map<string, [MetricSample, ...MetricSample[]]>();
    for (const sample of this.samples()) {
      const family = families.get(sample.name);
      if (family === undefined) families.set(sample.name, [sample]);
      else family.push(sample);
    }
    for (const family of families.values()) addFamily(registry, family);
    const own = await registry.metrics();
    const process =
      others.length === 0
        ? ((await this.#process?.metrics()) ?? "")
        : await together([await this.runtimeMetrics(), ...others]);
    return exposition(`${own}\n${process}`);
  }
}

/** What {@link MetricsRegistry.text} is, as a `Content-Type`. */
export const metricsContentType = Registry.PROMETHEUS_CONTENT_TYPE;

/** One text of several processes' metrics: the label `process` tells them apart, so nothing is added up. */
function together(all: readonly RuntimeMetrics[]): Promise<string> {
  const apart = all.map((metrics) => metrics.map((metric) => ({ ...metric, aggregator: "first" })));
  return AggregatorRegistry.aggregate(apart).metrics();
}

function addFamily(registry: Registry, family: readonly [MetricSample, ...MetricSample[]]): void {
  const { name, help, type } = family[0];
  const labelNames = [...new Set(family.flatMap((sample) => Object.keys(sample.labels ?? {})))];
  const options = { name, help, labelNames, registers: [registry] };
  if (type === "counter") {
    const counter = new Counter(options);
    for (const sample of family) counter.inc({ ...sample.labels }, sample.value);
  } else {
    const gauge = new Gauge(options);
    for (const sample of family) gauge.set({ ...sample.labels }, sample.value);
  }
}

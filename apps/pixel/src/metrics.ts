import type { Metrics, MetricSample } from "@sewer/core";
import { collectDefaultMetrics, Counter, Gauge, Registry } from "prom-client";
import { version } from "./version.ts";

/**
 * Where every component's numbers meet: read when somebody scrapes, never kept. prom-client renders them
 * and adds those of the process.
 */
export class MetricsRegistry implements Metrics {
  readonly #readers = new Set<() => Iterable<MetricSample>>();
  #process: Registry | undefined;

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
    collectDefaultMetrics({ register: this.#process });
  }

  /** The Prometheus text format, version 0.0.4. */
  async text(): Promise<string> {
    const registry = new Registry();
    const info = { name: "sewer_build_info", help: "What runs here.", labelNames: ["version"] };
    new Gauge({ ...info, registers: [registry] }).set({ version }, 1);
    const families = new Map<string, [MetricSample, ...MetricSample[]]>();
    for (const reader of this.#readers) {
      for (const sample of reader()) {
        const family = families.get(sample.name);
        if (family === undefined) families.set(sample.name, [sample]);
        else family.push(sample);
      }
    }
    for (const family of families.values()) addFamily(registry, family);
    const own = await registry.metrics();
    const process = (await this.#process?.metrics()) ?? "";
    // prom-client writes "Nan" for what it has not measured yet; the format knows NaN.
    return `${own}\n${process}`.replaceAll(/ Nan$/gm, " NaN");
  }
}

/** What {@link MetricsRegistry.text} is, as a `Content-Type`. */
export const metricsContentType = Registry.PROMETHEUS_CONTENT_TYPE;

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

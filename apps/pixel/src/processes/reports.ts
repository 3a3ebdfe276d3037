import type { MetricSample } from "@sewer/core";
import { mergeRequestSums, type RequestSums } from "@sewer/source-http";
import type { SourceCounters } from "../admin/status.ts";
import { mergeCounters, noCounters } from "./merge-counters.ts";
import { mergeSamples } from "./merge-samples.ts";
import type { DeliveryReport, IngestReport, ProcessReport } from "./messages.ts";

/** What ended processes have counted for one flow. */
interface Past {
  counters: SourceCounters;
  requests: RequestSums;
}

/**
 * The newest report of each process, added up. What a process had counted stays in the sums when it ends, so
 * that a counter never goes back; what it counted after its last report is lost with it.
 */
export class Reports {
  readonly #newest = new Map<string, ProcessReport>();
  readonly #past = new Map<string, Past>();
  #pastSamples: readonly MetricSample[] = [];

  /** A process has reported. */
  add(process: string, report: ProcessReport): void {
    this.#newest.set(process, report);
  }

  /** A process has ended. */
  end(process: string): void {
    const last = this.#newest.get(process);
    if (last === undefined) return;
    this.#newest.delete(process);
    const counters = last.samples.filter(({ type }) => type === "counter");
    this.#pastSamples = mergeSamples([this.#pastSamples, counters]);
    for (const { flow, counters: ofSource, requests } of last.ingest) {
      const past = this.#pastOf(flow);
      const still = { requestsActive: 0, connections: 0 };
      this.#past.set(flow, {
        counters: mergeCounters([past.counters, { ...ofSource, ...still }]),
        requests: mergeRequestSums([past.requests, { ...requests, requestsActive: 0 }]),
      });
    }
  }

  /** The metrics of all processes together. */
  samples(): readonly MetricSample[] {
    return mergeSamples([this.#pastSamples, ...[...this.#newest.values()].map(({ samples }) => samples)]);
  }

  /** Of the processes that run. */
  ingest(flow: string): IngestReport[] {
    return [...this.#newest.values()].flatMap(({ ingest }) => ingest.filter((one) => one.flow === flow));
  }

  /** Undefined while no process delivers. */
  delivery(flow: string): DeliveryReport | undefined {
    return [...this.#newest.values()].flatMap(({ delivery }) => delivery).find((one) => one.flow === flow);
  }

  /** The counters of a flow's source. */
  counters(flow: string): SourceCounters {
    return mergeCounters([this.#pastOf(flow).counters, ...this.ingest(flow).map(({ counters }) => counters)]);
  }

  /** What the StatisticsHandler bean of a flow is computed from. */
  requests(flow: string): RequestSums {
    return mergeRequestSums([
      this.#pastOf(flow).requests,
      ...this.ingest(flow).map(({ requests }) => requests),
    ]);
  }

  /** Forgets what ended processes have counted of a flow's requests; {@link counters} go on. */
  resetRequests(flow: string): void {
    this.#past.set(flow, { ...this.#pastOf(flow), requests: mergeRequestSums([]) });
  }

  #pastOf(flow: string): Past {
    return this.#past.get(flow) ?? { counters: noCounters(), requests: mergeRequestSums([]) };
  }
}

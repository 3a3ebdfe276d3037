import type { MetricSample } from "@sewer/core";
import type { ProcessStatus } from "./process-status.ts";

/** What is known of the processes themselves as samples. */
export function* processSamples(all: readonly ProcessStatus[]): Generator<MetricSample> {
  for (const { name, state } of all) {
    yield {
      name: "sewer_process_up",
      help: "1 while the process does its work.",
      type: "gauge",
      value: state === "running" ? 1 : 0,
      labels: { process: name },
    };
  }
  for (const { name, restarts } of all) {
    yield {
      name: "sewer_process_restarts_total",
      help: "Times that the process was started again after it had ended by itself.",
      type: "counter",
      value: restarts,
      labels: { process: name },
    };
  }
}

import type { MetricSample } from "@sewer/core";
import type { BreakerState } from "@sewer/retry";
import type { SinkLane } from "./sink-lane.ts";

interface Measure {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge";
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: (lane: SinkLane) => number;
}

const batches = {
  name: "sewer_sink_batches_total",
  help: "Batches that left the spool, by what became of them.",
  type: "counter",
} as const;

const attempts = {
  name: "sewer_retry_attempts_total",
  help: "Attempts to deliver a batch, by how they ended.",
  type: "counter",
} as const;

const breaker = {
  name: "sewer_retry_breaker_state",
  help: "1 for the state that the breaker of a sink is in.",
  type: "gauge",
} as const;

function isInState(state: BreakerState): Measure {
  return { ...breaker, labels: { state }, value: (lane) => (lane.breaker.state === state ? 1 : 0) };
}

// Samples of one name follow each other, as the exposition format wants them.
const measures: readonly Measure[] = [
  {
    name: "sewer_events_written_total",
    help: "Events that a sink has made durable and visible at its destination.",
    type: "counter",
    value: (lane) => lane.counters.deliveredRecords,
  },
  { ...batches, labels: { outcome: "delivered" }, value: (lane) => lane.counters.delivered },
  { ...batches, labels: { outcome: "quarantined" }, value: (lane) => lane.counters.quarantined },
  {
    name: "sewer_sink_failing",
    help: "1 from a failure of the sink, one to open it too, to its next success.",
    type: "gauge",
    value: (lane) => (lane.status().isFailing ? 1 : 0),
  },
  {
    name: "sewer_retry_batches",
    help: "Batches that wait for their next attempt after a failure.",
    type: "gauge",
    value: (lane) => lane.retrying,
  },
  { ...attempts, labels: { outcome: "delivered" }, value: (lane) => lane.counters.delivered },
  { ...attempts, labels: { outcome: "batch_error" }, value: (lane) => lane.counters.batchErrors },
  { ...attempts, labels: { outcome: "sink_error" }, value: (lane) => lane.counters.sinkErrors },
  { ...attempts, labels: { outcome: "aborted" }, value: (lane) => lane.counters.aborted },
  isInState("closed"),
  isInState("open"),
  isInState("half-open"),
  {
    name: "sewer_retry_breaker_openings_total",
    help: "Times that a sink's breaker opened, counting each probe that failed.",
    type: "counter",
    value: (lane) => lane.breaker.openings,
  },
  {
    name: "sewer_retry_probes_total",
    help: "Deliveries that were made to find out whether a sink is back.",
    type: "counter",
    value: (lane) => lane.breaker.probes,
  },
  {
    name: "sewer_retry_slots",
    help: "Deliveries that may run side by side as the sink stands.",
    type: "gauge",
    value: (lane) => lane.breaker.slots,
  },
  {
    name: "sewer_retry_running",
    help: "Deliveries under way.",
    type: "gauge",
    value: (lane) => lane.running,
  },
  {
    name: "sewer_retry_running_bytes",
    help: "Bytes of the batches that are being delivered.",
    type: "gauge",
    value: (lane) => lane.runningBytes,
  },
];

/** The metrics of a delivery half. */
export function* deliverySamples(
  flow: string,
  lanes: ReadonlyMap<string, SinkLane>,
): Generator<MetricSample, void, undefined> {
  for (const { name, help, type, labels, value } of measures) {
    for (const [sink, lane] of lanes) {
      yield { name, help, type, value: value(lane), labels: { flow, sink, ...labels } };
    }
  }
}

import type { MetricSample } from "@sewer/core";
import type { HttpStatistics } from "./http-statistics.ts";

/**
 * The samples of one source for a scrape.
 *
 * @param source the value of the label `source`.
 */
export function* httpSamples(statistics: HttpStatistics, source: string): Generator<MetricSample, void> {
  const labels = { source };
  const one = (name: string, type: MetricSample["type"], value: number, help: string): MetricSample => ({
    name,
    type,
    value,
    help,
    labels,
  });
  yield one("sewer_events_received_total", "counter", statistics.records, "Records given to the channel.");
  for (const [code, value] of statistics.answers) {
    yield {
      name: "sewer_http_requests_total",
      help: "Answered requests of the pixel port.",
      type: "counter",
      value,
      labels: { source, code: String(code) },
    };
  }
  for (const [reason, value] of Object.entries(statistics.refused)) {
    yield {
      name: "sewer_http_refused_total",
      help: "Refused requests by reason.",
      type: "counter",
      value,
      labels: { source, reason },
    };
  }
  yield* latencySamples(statistics, source);
  yield one(
    "sewer_http_requests_in_flight",
    "gauge",
    statistics.requestsActive,
    "Requests not yet answered.",
  );
  yield one("sewer_http_connections", "gauge", statistics.connections, "Open connections.");
  yield one(
    "sewer_http_buffered_bytes",
    "gauge",
    statistics.bufferedBytes,
    "Unparsed bytes held for connections.",
  );
  const counters = [
    ["connections_opened", statistics.connectionsOpened, "Connections accepted."],
    ["connections_refused", statistics.connectionsRefused, "Connections over the limit, closed at once."],
    ["connections_idled", statistics.connectionsIdled, "Connections closed because they were idle."],
    ["connection_errors", statistics.connectionErrors, "Connections that ended in a reset or a broken pipe."],
    ["heads_aborted", statistics.headsAborted, "Connections that the client ended inside a head."],
    ["bodies_aborted", statistics.bodiesAborted, "Connections that the client ended inside a body."],
    ["body_bytes", statistics.bodyBytes, "Bytes of request bodies."],
    ["continues", statistics.continues, "Answers 100 Continue, which ask for a body."],
    ["writes_stalled", statistics.writesStalled, "Connections closed because the client did not read."],
    ["accept_errors", statistics.acceptErrors, "Failures to accept a connection."],
  ] as const;
  for (const [name, value, help] of counters) yield one(`sewer_http_${name}_total`, "counter", value, help);
}

/** The series of a Prometheus histogram. */
function* latencySamples({ latency }: HttpStatistics, source: string): Generator<MetricSample, void> {
  const name = "sewer_http_request_seconds";
  const help = "Time from the arrival of a request to the write of its answer.";
  let answered = 0;
  for (const [le, value] of latency.cumulative()) {
    yield { name: `${name}_bucket`, help, type: "counter", value, labels: { source, le } };
    answered = value;
  }
  yield { name: `${name}_sum`, help, type: "counter", value: latency.sumSeconds, labels: { source } };
  yield { name: `${name}_count`, help, type: "counter", value: answered, labels: { source } };
}

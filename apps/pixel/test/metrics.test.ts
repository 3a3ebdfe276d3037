import type { MetricSample } from "@sewer/core";
import { expect, test } from "vitest";
import { MetricsRegistry } from "../src/metrics.ts";

const line =
  /^(?:# (?:HELP|TYPE) [a-zA-Z_:][a-zA-Z0-9_:]* .*|[a-zA-Z_:][a-zA-Z0-9_:]*(?:\{[a-zA-Z_]\w*="(?:[^"\\]|\\.)*"(?:,[a-zA-Z_]\w*="(?:[^"\\]|\\.)*")*\})? (?:[-+]?[0-9.eE+-]+|NaN|[+-]Inf))$/;

const requests = (code: string, value: number): MetricSample => ({
  name: "sewer_http_requests_total",
  help: "Requests.",
  type: "counter",
  value,
  labels: { code },
});

test("samples become the Prometheus text, each family once", async () => {
  const metrics = new MetricsRegistry();
  metrics.register(() => [requests("204", 7), requests('4"00\n', 1)]);
  metrics.register(() => [{ name: "sewer_spool_bytes", help: "Bytes.", type: "gauge", value: 1.5 }]);
  metrics.forFlow("pixel").register(() => [requests("204", 3)]);
  metrics.watchProcess();
  const text = await metrics.text();
  for (const one of text
    .trim()
    .split("\n")
    .filter((row) => row !== ""))
    expect(one).toMatch(line);
  expect(text.match(/^# TYPE sewer_http_requests_total counter$/gm)).toHaveLength(1);
  expect(text).toContain('sewer_http_requests_total{code="204"} 7\n');
  expect(text).toContain('sewer_http_requests_total{code="4\\"00\\n"} 1\n');
  expect(text).toContain('sewer_http_requests_total{flow="pixel",code="204"} 3\n');
  expect(text).toContain("sewer_spool_bytes 1.5\n");
  expect(text).toMatch(/^sewer_build_info\{version="[^"]+"\} 1$/m);
  expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
  expect(text).toMatch(/^nodejs_eventloop_lag_seconds /m);
});

test("values are read at each scrape, and a reader can go", async () => {
  const metrics = new MetricsRegistry();
  let value = 1;
  const end = metrics.register(() => [requests("204", value)]);
  expect(await metrics.text()).toContain('{code="204"} 1\n');
  value = 5;
  expect(await metrics.text()).toContain('{code="204"} 5\n');
  end();
  expect(await metrics.text()).not.toContain("sewer_http_requests_total");
});

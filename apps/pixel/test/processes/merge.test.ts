import type { MetricSample } from "@sewer/core";
import { mergeRequestSums, type RequestSums } from "@sewer/source-http";
import type { LossWindow, SpoolWriterStatistics } from "@sewer/spool";
import { describe, expect, test } from "vitest";
import { mergeCounters, mergeWriters, noCounters } from "../../src/processes/merge-counters.ts";
import { mergeSamples } from "../../src/processes/merge-samples.ts";
import type { ProcessReport } from "../../src/processes/messages.ts";
import { Reports } from "../../src/processes/reports.ts";

const counter = (value: number, labels?: Record<string, string>): MetricSample => ({
  name: "sewer_http_requests_total",
  help: "Requests.",
  type: "counter",
  value,
  ...(labels && { labels }),
});
const gauge = (value: number, merge?: "sum" | "max"): MetricSample => ({
  name: "sewer_spool_bytes",
  help: "Bytes.",
  type: "gauge",
  value,
  ...(merge && { merge }),
});

describe("samples", () => {
  test("of equal names and labels are added, whatever the labels' order", () => {
    const a = [counter(1, { code: "204", flow: "a" }), counter(2, { code: "400", flow: "a" })];
    const b = [counter(10, { flow: "a", code: "204" }), counter(20, { code: "204", flow: "b" })];
    expect(mergeSamples([a, b]).map(({ value }) => value)).toEqual([11, 2, 20]);
  });

  test("that measure the same thing are not added: the largest counts", () => {
    expect(mergeSamples([[gauge(5, "max")], [gauge(3, "max")]])).toEqual([gauge(5, "max")]);
    expect(mergeSamples([[gauge(5)], [gauge(3)]])).toEqual([gauge(8)]);
  });
});

const window = (records: number, ageMs: number): LossWindow => ({ records, bytes: records * 10, ageMs });

function writer(records: number, others: Partial<SpoolWriterStatistics>): SpoolWriterStatistics {
  return {
    recordsAppended: records,
    bytesAppended: records,
    recordsSynced: records,
    bytesSynced: records,
    refused: { budget: records, floor: 0, disk: 0, failed: 1 },
    obstacle: undefined,
    waits: 0,
    segmentsSealed: 1,
    recordsSealed: records,
    segmentsLeftOpen: 0,
    writeErrors: 0,
    syncErrors: 0,
    recordsLost: 0,
    unwritten: window(records, records),
    unsynced: window(records, 100 - records),
    bytesFree: 1000,
    bytesUsed: 0,
    ...others,
  };
}

describe("writers of one spool", () => {
  test("are added up, but the disk that they share", () => {
    const sum = mergeWriters([
      writer(1, { bytesFree: undefined, bytesUsed: 70 }),
      writer(2, { bytesFree: 900, bytesUsed: 60 }),
    ]);
    expect(sum).toEqual({
      ...writer(3, { bytesFree: 900, bytesUsed: 70, segmentsSealed: 2 }),
      refused: { budget: 3, floor: 0, disk: 0, failed: 2 },
      unwritten: { records: 3, bytes: 30, ageMs: 2 },
      unsynced: { records: 3, bytes: 30, ageMs: 99 },
    });
  });

  test("there may be one, or none", () => {
    expect(mergeWriters([])).toBeUndefined();
    expect(mergeWriters([writer(4, {})])).toEqual(writer(4, {}));
  });
});

test("counters of sources are added, refusals by their reason", () => {
  const a = { ...noCounters(), requests: 3, refused: { "bad-field": 1, "head-timeout": 2 } };
  const b = { ...noCounters(), requests: 4, refused: { "bad-field": 5, "head-timeout": 0 } };
  expect(mergeCounters([a, b])).toMatchObject({
    requests: 7,
    refused: { "bad-field": 6, "head-timeout": 2 },
  });
});

function reportOf(served: number, active: number): ProcessReport {
  const requests: RequestSums = {
    ...mergeRequestSums([]),
    requests: served + active,
    requestsActive: active,
    requestsActiveMax: active + 1,
  };
  const counters = {
    ...noCounters(),
    requests: served + active,
    requestsActive: active,
    served,
    connections: 2,
  };
  const status = { state: "flowing", incarnation: "I", spool: undefined, failure: undefined } as const;
  return {
    samples: [counter(served), gauge(active)],
    ingest: [{ flow: "web", status, counters, requests, health: [] }],
    delivery: [],
  };
}

describe("reports", () => {
  test("counters do not go back when a process ends and another one begins at 0", () => {
    const reports = new Reports();
    reports.add("ingest-1", reportOf(10, 2));
    reports.add("ingest-2", reportOf(5, 1));
    reports.end("ingest-1");
    reports.add("ingest-1", reportOf(0, 0));
    reports.add("ingest-1", reportOf(1, 0));
    expect(reports.samples().map(({ value }) => value)).toEqual([16, 1]);
    expect(reports.counters("web")).toMatchObject({
      served: 16,
      requests: 19,
      requestsActive: 1,
      connections: 4,
    });
    expect(reports.requests("web")).toMatchObject({ requests: 19, requestsActive: 1, requestsActiveMax: 3 });
    expect(reports.ingest("web")).toHaveLength(2);
  });

  test("a reset forgets what ended processes have counted of requests, and nothing else", () => {
    const reports = new Reports();
    reports.add("ingest-1", reportOf(10, 0));
    reports.end("ingest-1");
    reports.resetRequests("web");
    expect(reports.requests("web")).toMatchObject({ requests: 0, requestsActiveMax: 0 });
    expect(reports.counters("web")).toMatchObject({ served: 10 });
  });

  test("a process that ends before it has reported counts for nothing", () => {
    const reports = new Reports();
    reports.end("ingest-1");
    expect(reports.samples()).toEqual([]);
    expect(reports.delivery("web")).toBeUndefined();
  });
});

import { silentLogger, type ComponentContext, type MetricSample } from "@sewer/core";
import { nodeFileSystem } from "@sewer/core/node";
import { ManualClock, seededRandom } from "@sewer/testkit";
import { expect, test } from "vitest";
import { FileStoreSink, formatOptions, type FormatOptions } from "../src/index.ts";
import { batchId, batchOf, schema } from "./events.ts";
import { MemoryStore } from "./memory-store.ts";

const never = new AbortController().signal;

function make(path: string, options: { format?: FormatOptions; hostname?: string } = {}) {
  const readers: (() => Iterable<MetricSample>)[] = [];
  const context: ComponentContext = {
    flow: "pixel",
    name: "main",
    hostname: options.hostname ?? "web-1.example.org",
    baseDir: "/base",
    clock: new ManualClock(),
    random: seededRandom(1),
    fs: nodeFileSystem,
    logger: silentLogger,
    metrics: {
      register: (read) => {
        readers.push(read);
        return () => void readers.splice(readers.indexOf(read), 1);
      },
    },
  };
  const store = new MemoryStore();
  const format = formatOptions.parse(options.format ?? {});
  const toAbsolute = (text: string): string => `/base/${text}`;
  const sink = new FileStoreSink({ store, path, timeZone: "UTC", format, toAbsolute, context });
  return { sink, store, readers };
}

const segment = { batchId, createdMs: Date.UTC(2026, 10, 5, 7, 8, 9), flow: "pixel" };

test("SNK-10: plan fixes path and format", () => {
  const { sink } = make("%{yyyy-MM-dd/HH00}/%{flow}-%{host}-%{hostname}-%{timestamp}-%{thread}");
  expect(sink.plan(segment, schema)).toEqual({
    path: `/base/2026-11-05/0700/pixel-web-1-web-1.example.org-1793862489000-0-${batchId}.seq`,
    format: { type: "sequencefile", schema: "access-log", compression: "block", codec: "gzip", level: 1 },
  });
});

test("a host name that is an address is not cut", () => {
  expect(make("%{host}", { hostname: "10.0.0.7" }).sink.plan(segment, schema)["path"]).toContain(
    "/10.0.0.7-",
  );
});

test("a random token differs from batch to batch", () => {
  const { sink } = make("%{rand}-%{nanos}-%{pid}");
  const [first, second] = [sink.plan(segment, schema)["path"], sink.plan(segment, schema)["path"]];
  expect(first).toMatch(new RegExp(`^/base/[0-9a-f]{8}-[0-9]+-${process.pid}-${batchId}.seq$`));
  expect(first).not.toBe(second);
});

test("delivers what it planned, and counts", async () => {
  const { sink, store, readers } = make("data");
  await sink.open(never);
  await sink.open(never);
  expect(readers).toHaveLength(1);
  const { path, format } = sink.plan(segment, schema);
  const plan = { path: path as string, format: formatOptions.parse(format) };
  await sink.deliver(batchOf({ plan }), never);
  await sink.deliver(batchOf({ plan }), never);
  expect([...store.files.keys()]).toEqual([`/base/data-${batchId}.seq`]);
  const samples = [...readers[0]!()];
  expect(samples.map((sample) => [sample.name, sample.value])).toContainEqual([
    "sewer_sink_already_there_total",
    1,
  ]);
  expect(samples[0]?.labels).toEqual({ flow: "pixel", sink: "main" });
  await sink.close(never);
  await sink.close(never);
  expect(readers).toHaveLength(0);
  expect(store.isOpen).toBe(false);
});

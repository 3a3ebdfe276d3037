import type { ComponentContext, MetricSample } from "@sewer/core";
import { noMetrics, silentLogger } from "@sewer/core";
import { nodeFileSystem } from "@sewer/core/node";
import { ManualClock, seededRandom } from "@sewer/testkit";
import { onTestFinished } from "vitest";
import { HttpSource, httpSourceOptions, type HttpSourceOptions } from "../../src/index.ts";
import { MemoryChannel } from "./memory-channel.ts";

/** The vitest project `stream` runs the tests of sockets once more, on the other read path. */
export const readPath = process.env["SEWER_TEST_READ_PATH"] === "stream" ? "stream" : "auto";

export interface OpenSource {
  readonly source: HttpSource;
  readonly channel: MemoryChannel;
  readonly clock: ManualClock;
  readonly port: number;
  readonly statusPort: number;
  readonly samples: () => MetricSample[];
}

export function contextFor(clock: ManualClock, overrides: Partial<ComponentContext> = {}): ComponentContext {
  return {
    flow: "pixel",
    name: "source",
    hostname: "host.example",
    baseDir: "/",
    clock,
    random: seededRandom(1),
    fs: nodeFileSystem,
    logger: silentLogger,
    metrics: noMetrics,
    ...overrides,
  };
}

/** A source on free loopback ports with a channel in memory; closed when the test ends. */
export async function openSource(options: Partial<HttpSourceOptions> = {}): Promise<OpenSource> {
  const open = await startSource(options);
  onTestFinished(() => stopSource(open));
  return open;
}

/** The same, for the caller to stop. */
export async function startSource(options: Partial<HttpSourceOptions> = {}): Promise<OpenSource> {
  const clock = new ManualClock();
  const channel = new MemoryChannel();
  let read: () => Iterable<MetricSample> = () => [];
  const metrics = {
    register(reader: typeof read): () => void {
      read = reader;
      return () => (read = () => []);
    },
  };
  const resolved = httpSourceOptions.parse({
    type: "http",
    host: "127.0.0.1",
    port: 0,
    readPath,
    ...options,
  });
  const source = new HttpSource(resolved, contextFor(clock, { metrics }));
  await source.open(channel);
  const portOf = (url: string): number => Number(new URL(url).port);
  const { pixel, status } = source.addresses;
  return {
    source,
    channel,
    clock,
    port: portOf(pixel),
    statusPort: portOf(status),
    samples: () => [...read()],
  };
}

/** Closes it without grace. */
export async function stopSource({ source, clock }: OpenSource): Promise<void> {
  const closed = source.close(0);
  clock.advance(0);
  await closed;
}

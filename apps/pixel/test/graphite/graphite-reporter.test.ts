import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import type { Logger } from "@sewer/core";
import { ManualClock } from "@sewer/testkit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { GraphiteReporter, type GraphiteFlow } from "../../src/graphite/graphite-reporter.ts";

const startMs = Date.UTC(2026, 10, 27);
const seconds = startMs / 1000 + 60;

let server: Server;
let clock: ManualClock;
let reporter: GraphiteReporter | undefined;

beforeEach(async () => {
  clock = new ManualClock(startMs);
  server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
});

afterEach(async () => {
  reporter?.stop();
  if (!server.listening) return;
  server.close();
  await once(server, "close");
});

const said = { warn: vi.fn<(fields: object, message: string) => void>(), info: vi.fn<() => void>() };

function report(flows: () => readonly GraphiteFlow[]): void {
  said.warn.mockClear();
  said.info.mockClear();
  const logger = { ...said, debug: () => {}, error: () => {} } as unknown as Logger;
  const { port } = server.address() as AddressInfo;
  reporter = new GraphiteReporter({
    host: "127.0.0.1",
    port,
    prefix: "prod.",
    everyMs: 60_000,
    hostname: "web1.example.org",
    flows,
    clock,
    logger,
  });
  reporter.start();
}

/** What comes over the next connection. */
async function nextReport(): Promise<string> {
  const [socket] = (await once(server, "connection")) as [Socket];
  return text(socket);
}

test("tells once a minute what the original told, under its names", async () => {
  let records = 100;
  report(() => [{ name: "pixel", records, buffered: 3 }]);
  const received = nextReport();
  records += 300;
  clock.advance(60_000);
  // All came in the first 5 s, and ten times 5 s without any are in the averages: the report comes before the last.
  expect(await received).toBe(
    [
      `prod.web1_example_org.events.count 400 ${seconds}`,
      `prod.web1_example_org.events.m1_rate ${(60 * Math.exp(-10 / 12)).toFixed(2)} ${seconds}`,
      `prod.web1_example_org.events.m5_rate ${(60 * Math.exp(-10 / 60)).toFixed(2)} ${seconds}`,
      `prod.web1_example_org.events.m15_rate ${(60 * Math.exp(-10 / 180)).toFixed(2)} ${seconds}`,
      `prod.web1_example_org.events.mean_rate 5.00 ${seconds}`,
      `prod.web1_example_org.buffer_queue_size 3 ${seconds}`,
      "",
    ].join("\n"),
  );
});

test("with several flows these are the sums, and each has its own below its name", async () => {
  report(() => [
    { name: "web", records: 5, buffered: 1 },
    { name: "app", records: 7, buffered: 2 },
  ]);
  const received = nextReport();
  clock.advance(60_000);
  const lines = (await received).split("\n");
  expect(lines).toContain(`prod.web1_example_org.events.count 12 ${seconds}`);
  expect(lines).toContain(`prod.web1_example_org.web.events.count 5 ${seconds}`);
  expect(lines).toContain(`prod.web1_example_org.app.buffer_queue_size 2 ${seconds}`);
  expect(lines).toHaveLength(3 * 6 + 1);
});

test("a server that is away is told of once, and again when it is back", async () => {
  const { port } = server.address() as AddressInfo;
  report(() => [{ name: "pixel", records: 0, buffered: 0 }]);
  server.close();
  await once(server, "close");
  clock.advance(60_000);
  await vi.waitFor(() => expect(said.warn).toHaveBeenCalledOnce());
  expect(said.warn.mock.calls[0]?.[1]).toBe("Graphite does not take numbers");
  server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  const received = nextReport();
  clock.advance(60_000);
  expect(await received).toContain("events.count 0");
  await vi.waitFor(() => expect(said.info).toHaveBeenCalledOnce());
  expect(said.warn).toHaveBeenCalledOnce();
});

test("a server that takes nothing holds up neither the next report nor a stop", async () => {
  report(() => [{ name: "pixel", records: 0, buffered: 0 }]);
  const connected = once(server, "connection");
  clock.advance(60_000);
  const [socket] = (await connected) as [Socket];
  const connections = vi.fn<() => void>();
  server.on("connection", connections);
  clock.advance(600_000);
  reporter?.stop();
  await text(socket).catch(() => "");
  expect(connections).not.toHaveBeenCalled();
});

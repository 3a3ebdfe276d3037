import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { ManualClock, seededRandom } from "@sewer/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { HttpSource, httpSource, httpSourceOptions, type HttpSourceOptions } from "../src/index.ts";
import { Client, eventually } from "./support/client.ts";
import { MemoryChannel } from "./support/memory-channel.ts";
import { contextFor, openSource, stopSource } from "./support/open-source.ts";

const get = (path: string, fields = ""): string => `GET ${path} HTTP/1.1\r\nHost: h\r\n${fields}\r\n`;

/** A port that another program listens on. */
async function takenPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

function sourceOf(options: Partial<HttpSourceOptions>): HttpSource {
  const resolved = httpSourceOptions.parse({ type: "http", host: "127.0.0.1", port: 0, ...options });
  return new HttpSource(resolved, contextFor(new ManualClock()));
}

describe("opening", () => {
  it("the definition makes a source with the access-log schema", () => {
    const source = httpSource.create(
      httpSourceOptions.parse({ type: "http" }),
      contextFor(new ManualClock()),
    );
    expect(source.schema.name).toBe("access-log");
    expect(source.schema.fields.map(({ name, type, nullable }) => `${name} ${type} ${nullable}`)).toEqual([
      "timestamp VLong false",
      "ip Text false",
      "host Text false",
      "requestPath Text false",
      "queryString Text true",
      "referer Text true",
      "userAgent Text true",
      "cookies Text true",
    ]);
  });

  it.for(["port", "statusPort"] as const)(
    "%s in use: a clear error, and nothing is left open",
    async (key) => {
      const taken = await takenPort();
      // A status port of its own: the default is port + 1, which may be another test's.
      const source = sourceOf({ statusPort: 0, [key]: taken });
      const channel = new MemoryChannel();
      await expect(source.open(channel)).rejects.toMatchObject({
        code: "SEWER_HTTP_PORT_IN_USE",
        retry: "permanent",
        message: `127.0.0.1:${taken} is in use by another program: stop it, or set another ${key}`,
      });
      expect(channel.listeners).toBe(0);
    },
  );

  it("when the status port cannot be had, the pixel port is free again", async () => {
    const statusPort = await takenPort();
    const free = createServer().listen(0, "127.0.0.1");
    await once(free, "listening");
    const { port } = free.address() as AddressInfo;
    free.close();
    await once(free, "close");
    const failing = sourceOf({ port, statusPort });
    await expect(failing.open(new MemoryChannel())).rejects.toMatchObject({ code: "SEWER_HTTP_PORT_IN_USE" });
    const working = await openSource({ port, statusPort: 0 });
    expect(working.source.addresses.pixel).toBe(`http://127.0.0.1:${port}`);
  });

  it("an address of another machine: a clear error", async () => {
    await expect(sourceOf({ host: "192.0.2.1" }).open(new MemoryChannel())).rejects.toMatchObject({
      code: "SEWER_HTTP_ADDRESS_UNAVAILABLE",
    });
  });
});

describe("the status port", () => {
  it("200, Content-Length: 0, for every path and method; not recorded, not counted", async () => {
    const { statusPort, channel, source } = await openSource();
    const client = await Client.open(statusPort);
    for (const [index, method] of ["GET", "HEAD", "POST", "OPTIONS"].entries()) {
      client.send(`${method} /any${index}?x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab`);
      await client.answered(index + 1);
    }
    expect(client.statuses).toEqual([200, 200, 200, 200]);
    expect(client.answers.every((answer) => /\r\nContent-Length: 0\b/.test(answer))).toBe(true);
    expect(channel.records).toHaveLength(0);
    expect(source.statistics.requests).toBe(0);
  });

  it("survives what is no HTTP", async () => {
    const { statusPort } = await openSource();
    const client = await Client.open(statusPort);
    client.send("\x16\x03\x01\x00\x00");
    await client.ended();
    const second = await Client.open(statusPort);
    second.send(get("/"));
    await second.answered(1);
    expect(second.statuses).toEqual([200]);
  });
});

describe("closing", () => {
  it("R34 idle connections end at once, nothing new is accepted, the listeners are gone", async () => {
    const { source, port, channel } = await openSource();
    const idle = await Client.open(port);
    idle.send(get("/"));
    await idle.answered(1);
    await source.close(1000);
    await idle.ended();
    expect(idle.statuses).toEqual([204]);
    expect(channel.listeners).toBe(0);
    const late = new Client((await import("node:net")).connect(port, "127.0.0.1"));
    await late.until(() => late.isClosed);
    expect(late.errorCode).toBe("ECONNREFUSED");
  });

  it("R34 a request under way is answered with Connection: close", async () => {
    const { source, port, channel } = await openSource();
    const client = await Client.open(port);
    client.send(get("/a") + get("/b").slice(0, 10));
    await client.answered(1);
    const closed = source.close(1000);
    await new Promise((resolve) => setImmediate(() => setImmediate(() => setImmediate(resolve))));
    client.send(get("/b").slice(10) + get("/c"));
    await client.ended();
    await closed;
    expect(client.statuses).toEqual([204, 204, 204]);
    expect(client.answers.map((answer) => answer.includes("Connection: close"))).toEqual([
      false,
      false,
      true,
    ]);
    expect(channel.paths).toEqual(["/a", "/b", "/c"]);
  });

  it("R34 what the kernel has received before is still served", async () => {
    const { source, port, channel } = await openSource();
    const clients = await Promise.all(Array.from({ length: 20 }, () => Client.open(port)));
    await eventually(() => source.statistics.connections === 20);
    for (const client of clients) client.send(get("/"));
    const closed = source.close(1000);
    await Promise.all(clients.map((client) => client.ended()));
    await closed;
    expect(clients.flatMap((client) => client.statuses)).toEqual(Array(20).fill(204));
    expect(channel.records).toHaveLength(20);
  });

  it("R34 the hard limit ends what does not end by itself", async () => {
    const { source, port, clock } = await openSource();
    const client = await Client.open(port);
    client.send(get("/").slice(0, 10));
    await eventually(() => source.statistics.bufferedBytes > 0);
    let isClosed = false;
    const closed = source.close(5000).then(() => (isClosed = true));
    clock.advance(4999);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    expect(isClosed).toBe(false);
    clock.advance(1);
    await closed;
    expect(client.statuses).toEqual([]);
    expect(source.statistics).toMatchObject({ connections: 0, bufferedBytes: 0 });
    expect(clock.pending).toBe(0);
  });

  it("every 204 that was received has its record, and nothing is written afterwards", async () => {
    const open = await openSource();
    const { source, port, channel, clock } = open;
    const received: string[] = [];
    const clients = await Promise.all(Array.from({ length: 30 }, () => Client.open(port)));
    const running = clients.map(async (client, index) => {
      for (let count = 0; !client.isEnded && !client.isClosed; count += 1) {
        const path = `/${index}/${count}`;
        client.send(get(path));
        await client.answered(count + 1);
        if (client.statuses.length > count && client.statuses[count] === 204) received.push(path);
      }
    });
    await eventually(() => channel.records.length > 2000);
    await source.close(1000);
    const records = channel.records.length;
    await Promise.all(running);
    clock.advance(5000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(channel.records).toHaveLength(records);
    const recorded = new Set(channel.paths);
    expect(received.filter((path) => !recorded.has(path))).toEqual([]);
    expect(received.length).toBeGreaterThan(2000);
    expect(recorded.size).toBe(records);
  });

  it("closing twice, or before opening, is fine", async () => {
    const open = await openSource();
    await Promise.all([stopSource(open), open.source.close(0)]);
    await sourceOf({}).close(0);
    expect(open.source.statistics.connections).toBe(0);
  });
});

describe("bad input", () => {
  it("whatever arrives, the source goes on and others are served", async () => {
    const { port, channel, source } = await openSource();
    const seed = 20_261_126;
    const random = seededRandom(seed);
    const good = await Client.open(port);
    for (let round = 1; round <= 50; round += 1) {
      const bad = await Client.open(port);
      bad.send(random.bytes(1 + Math.floor(random.next() * 40_000)));
      if (random.next() < 0.3) bad.socket.resetAndDestroy();
      else await bad.ended();
      good.send(get(`/${round}`));
      await good.answered(round);
      expect(good.statuses.at(-1), `seed ${seed}, round ${round}`).toBe(204);
    }
    expect(channel.records).toHaveLength(50);
    await eventually(() => source.statistics.connections === 1);
    expect(source.statistics.bufferedBytes).toBe(0);
  });
});

describe("statistics", () => {
  it("requests, answers, refusals and connections, as samples and since the last reset", async () => {
    const { port, source, samples, clock } = await openSource();
    const client = await Client.open(port);
    client.send(get("/") + get("/"));
    await client.answered(2);
    const bad = await Client.open(port);
    bad.send("BAD\r\n");
    await bad.ended();
    await eventually(() => source.statistics.connections === 1);
    const value = (name: string, labels: object): number | undefined =>
      samples().find(
        (sample) =>
          sample.name === name &&
          JSON.stringify(sample.labels) === JSON.stringify({ source: "pixel", ...labels }),
      )?.value;
    expect(value("sewer_http_requests_total", { code: "204" })).toBe(2);
    expect(value("sewer_http_requests_total", { code: "400" })).toBe(1);
    expect(value("sewer_http_refused_total", { reason: "bad-request-line" })).toBe(1);
    expect(value("sewer_http_refused_total", { reason: "head-timeout" })).toBe(0);
    expect(value("sewer_events_received_total", {})).toBe(2);
    expect(value("sewer_http_connections", {})).toBe(1);
    expect(value("sewer_http_connections_opened_total", {})).toBe(2);
    clock.advance(1000);
    expect(source.statistics.sinceReset(clock.monotonic())).toMatchObject({
      statsOnMs: 1000,
      requests: 3,
      requestsActive: 0,
      requestsActiveMax: 2,
      responses2xx: 2,
      responses4xx: 1,
      responses5xx: 0,
    });
    source.statistics.reset(clock.monotonic());
    client.send(get("/"));
    await client.answered(3);
    expect(source.statistics.sinceReset(clock.monotonic())).toMatchObject({
      statsOnMs: 0,
      requests: 1,
      responses2xx: 1,
      responses4xx: 0,
    });
    expect(source.statistics.requests).toBe(4);
  });

  it("every sample has one of a bounded set of names and labels", async () => {
    const { samples } = await openSource();
    for (const sample of samples()) {
      expect(sample.name).toMatch(/^sewer_[a-z_]+$/);
      expect(/_(?:total|bucket|sum|count)$/.test(sample.name)).toBe(sample.type === "counter");
      expect(sample.help).not.toBe("");
    }
  });
});

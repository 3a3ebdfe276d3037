import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import type { HttpSourceOptions } from "../../src/index.ts";
import { Client, eventually } from "../support/client.ts";
import { openSource, type OpenSource } from "../support/open-source.ts";

const MiB = 1024 * 1024;
const good = "GET /good HTTP/1.1\r\nHost: h\r\n\r\n";

interface Scene extends OpenSource {
  /** One request of a client that does everything right, over one connection: it must be answered. */
  readonly serveGood: () => Promise<void>;
}

async function sceneOf(options: Partial<HttpSourceOptions> = {}): Promise<Scene> {
  const open = await openSource(options);
  const client = await Client.open(open.port);
  const serveGood = async (): Promise<void> => {
    client.received = "";
    client.send(good);
    await client.answered(1);
    expect(client.statuses).toEqual([204]);
  };
  return { ...open, serveGood };
}

/** Some at a time: a backlog of thousands would be tested instead. */
async function openMany(port: number, count: number): Promise<Client[]> {
  const clients: Client[] = [];
  while (clients.length < count) {
    const length = Math.min(200, count - clients.length);
    clients.push(...(await Promise.all(Array.from({ length }, () => Client.open(port)))));
  }
  return clients;
}

/** Writes `piece` over and over until the connection is gone or `bytes` are sent. @returns how many were. */
async function pour(client: Client, piece: Buffer, bytes: number): Promise<number> {
  const { socket } = client;
  while (socket.bytesWritten < bytes && !client.isClosed) {
    if (socket.write(piece)) continue;
    await new Promise<void>((resolve) => {
      socket.once("drain", resolve);
      socket.once("close", () => resolve());
    });
  }
  return socket.bytesWritten;
}

describe("hostile clients, while a good one is served", () => {
  it("slowloris: 1,000 connections of a byte a second are refused after 10 s, however they drip", async () => {
    const { port, clock, source, serveGood } = await sceneOf();
    const { statistics } = source;
    const slow = await openMany(port, 1000);
    await eventually(() => statistics.connections === 1001);
    for (let second = 0; second < 10; second += 1) {
      await Promise.all(
        slow.map(
          (client) => new Promise((resolve) => client.socket.write(good.slice(second, second + 1), resolve)),
        ),
      );
      await serveGood();
      expect(statistics.refused["head-timeout"]).toBe(0);
      // 1 KiB each at most: what has come, not what may come.
      expect(statistics.bufferedBytes).toBeLessThanOrEqual(1000 * 1024);
      clock.advance(1000);
    }
    clock.advance(1000);
    await Promise.all(slow.map((client) => client.ended()));
    expect(statistics.refused["head-timeout"]).toBe(1000);
    expect(statistics.bufferedBytes).toBe(0);
    expect(slow.every((client) => client.statuses[0] === 408)).toBe(true);
    await serveGood();
  });

  it("a body of a byte a second: refused after 30 s in all", async () => {
    const { port, clock, source, serveGood } = await sceneOf();
    const client = await Client.open(port);
    client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n");
    for (let second = 0; second < 30; second += 1) {
      const { bodyBytes } = source.statistics;
      client.send("x");
      await eventually(() => source.statistics.bodyBytes > bodyBytes);
      await serveGood();
      expect(client.statuses).toEqual([]);
      clock.advance(1000);
    }
    await client.ended();
    expect(client.statuses).toEqual([408]);
  });

  it("one that pipelines and never reads is not read any more, and ends after 10 s", async () => {
    const { port, clock, channel, source, serveGood } = await sceneOf();
    const flood = await Client.open(port);
    flood.socket.pause();
    const piece = Buffer.from("GET /flood HTTP/1.1\r\nHost: h\r\n\r\n".repeat(2000));
    const poured = pour(flood, piece, 1024 * MiB);
    let most = 0;
    // A second of the clock passes with each good request; the flood ends once none of its answers moved in ten.
    while (source.statistics.writesStalled === 0) {
      await serveGood();
      most = Math.max(most, source.statistics.bufferedBytes);
      clock.advance(1000);
    }
    // What kernels hold between two sockets: some MiB in each direction, and nothing behind it.
    expect(channel.records.length * 33).toBeLessThan(64 * MiB);
    expect(most).toBeLessThanOrEqual(MiB);
    flood.socket.resume();
    expect(await poured).toBeLessThan(64 * MiB);
    await serveGood();
  });

  it("10,000 idle connections cost at most 20 KiB each, and go after 10 s without a request", async () => {
    const idle = 10_000;
    const { port, clock, source, serveGood } = await sceneOf({ limits: { connections: 12_000 } });
    const before = process.memoryUsage().rss;
    const program = fileURLToPath(new URL("idle-clients.ts", import.meta.url));
    const child = spawn(process.execPath, [program, String(port), String(idle)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const lines = createInterface({ input: child.stdout });
    const [open] = (await once(lines, "line")) as [string];
    expect(open).toBe("open");
    await eventually(() => source.statistics.connections === idle + 1);
    await serveGood();
    expect(process.memoryUsage().rss - before).toBeLessThan(idle * 20 * 1024);
    const closed = once(lines, "line");
    // 10 s for a connection without a request.
    for (let second = 0; second < 10; second += 1) {
      await serveGood();
      clock.advance(1000);
    }
    expect(await closed).toEqual(["closed"]);
    await eventually(() => source.statistics.connections === 1);
    await serveGood();
  });

  it("a flood of connections over the cap: the further ones are closed, and there is room when some end", async () => {
    const { port, source, serveGood } = await sceneOf({ limits: { connections: 50 } });
    const clients = await openMany(port, 300);
    await eventually(() => source.statistics.connectionsRefused === 251);
    expect(source.statistics.connections).toBe(50);
    await serveGood();
    for (const client of clients) client.socket.destroy();
    await eventually(() => source.statistics.connections === 1);
    const late = await Client.open(port);
    late.send(good);
    await late.answered(1);
    expect(late.statuses).toEqual([204]);
  });

  it.for<[string, string, string, number]>([
    [
      "1 GiB of chunk extensions",
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1;",
      "a",
      413,
    ],
    [
      "1 GiB of tiny chunk extensions",
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
      "1;a\r\nb\r\n",
      413,
    ],
    ["1 GiB of header fields", "GET / HTTP/1.1\r\nHost: h\r\n", "A: b\r\n", 431],
    ["1 GiB of one field", "GET / HTTP/1.1\r\nHost: h\r\nA: ", "a", 431],
    ["1 GiB of target", "GET /", "a", 414],
    [
      "1 GiB of trailers",
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
      "A: b\r\n",
      431,
    ],
    [
      "1 GiB of a body in tiny chunks",
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
      "1\r\nb\r\n",
      413,
    ],
  ])("%s: refused at the limit, and then not read", async ([, start, piece, status]) => {
    const { port, source, serveGood } = await sceneOf();
    const client = await Client.open(port);
    client.send(start);
    const poured = pour(client, Buffer.from(piece.repeat(Math.ceil(65_536 / piece.length))), 1024 * MiB);
    await eventually(() => client.received !== "" || client.isClosed);
    // The answer may be lost when the client has sent on for more than the 64 KiB that are still read.
    expect(client.received === "" ? [status] : client.statuses).toEqual([status]);
    const sent = await poured;
    expect(sent).toBeLessThan(64 * MiB);
    const reasons = Object.entries(source.statistics.refused).filter(([, count]) => count > 0);
    expect(reasons).toHaveLength(1);
    expect(source.statistics.bufferedBytes).toBe(0);
    await serveGood();
  });
});

import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { Client, eventually } from "./support/client.ts";
import { fakeConnection } from "./support/fake-socket.ts";
import { openSource } from "./support/open-source.ts";

const get = (path: string, fields = ""): string => `GET ${path} HTTP/1.1\r\nHost: h\r\n${fields}\r\n`;

describe("records", () => {
  it("one request, one record, its bytes as sent", async () => {
    const { port, channel, clock } = await openSource();
    const client = await Client.open(port);
    client.send(
      "GET /p.gif?a=%20&b=\xc3\xa4 HTTP/1.1\r\nHost: Pixel.Example:8080\r\nUser-Agent: \xe2\x82\xac ua\r\n" +
        "Referer: http://r/?x#y\r\nCookie: a=1\r\nCookie: b=2\r\n\r\n",
    );
    await client.answered(1);
    expect(channel.events).toEqual([
      {
        timestamp: clock.now(),
        ip: "127.0.0.1",
        host: "Pixel.Example",
        requestPath: "/p.gif",
        queryString: "a=%20&b=ä",
        referer: "http://r/?x#y",
        userAgent: "€ ua",
        cookies: "a=1; b=2",
      },
    ]);
  });

  it("an 800-byte User-Agent, a 6 KB query and 99 Cookie fields fit what is reserved", async () => {
    const { port, channel } = await openSource();
    const client = await Client.open(port);
    const query = "q".repeat(6144);
    const userAgent = "u".repeat(800);
    client.send(get(`/?${query}`, `User-Agent: ${userAgent}\r\n`) + get("/", "Cookie:\r\n".repeat(99)));
    await client.answered(2);
    expect(channel.events[0]).toMatchObject({ queryString: query, userAgent });
    expect(channel.events[1]).toMatchObject({ cookies: "; ".repeat(98) });
  });

  it("no field leaks from one request of a connection to the next", async () => {
    const { port, channel } = await openSource();
    const client = await Client.open(port);
    client.send(get("/a?q", "User-Agent: u\r\nReferer: r\r\nCookie: c\r\nCookie: d\r\n"));
    await client.answered(1);
    client.send(get("/b"));
    await client.answered(2);
    client.send("GET /c HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    await client.answered(3);
    const empty = { queryString: null, referer: null, userAgent: null, cookies: null };
    expect(channel.events[1]).toMatchObject({ requestPath: "/b", host: "h", ...empty });
    expect(channel.events[2]).toMatchObject({ requestPath: "/c", host: "", ...empty });
  });

  it("R35 forwarding headers are not believed", async () => {
    const { port, channel } = await openSource();
    const client = await Client.open(port);
    client.send(
      get("/", "X-Forwarded-For: 192.0.2.1\r\nForwarded: for=192.0.2.2\r\nX-Real-IP: 192.0.2.3\r\n"),
    );
    await client.answered(1);
    expect(channel.events[0]!.ip).toBe("127.0.0.1");
  });

  it("R35 an IPv4 client of an IPv6 socket is recorded as IPv4", async () => {
    const { port, channel } = await openSource({ host: "::ffff:127.0.0.1" });
    const client = await Client.open(port);
    client.send(get("/"));
    await client.answered(1);
    expect(channel.events[0]!.ip).toBe("127.0.0.1");
  });
});

describe("answers", () => {
  it("R27 a 204 has a Date, no-store and a resource policy, no length and no body; HEAD the same", async () => {
    const { port, clock } = await openSource();
    const client = await Client.open(port);
    client.send(get("/"));
    await client.answered(1);
    const answer =
      `HTTP/1.1 204 No Content\r\nDate: ${new Date(clock.now()).toUTCString()}\r\n` +
      "Cache-Control: no-store\r\nCross-Origin-Resource-Policy: cross-origin\r\n\r\n";
    expect(client.received).toBe(answer);
    client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
    await client.answered(2);
    expect(client.received).toBe(answer + answer);
  });

  it("R27 the Date moves on once a second", async () => {
    const { port, clock } = await openSource();
    const client = await Client.open(port);
    clock.advance(1000);
    client.send(get("/"));
    await client.answered(1);
    expect(client.received).toContain(`\r\nDate: ${new Date(clock.now()).toUTCString()}\r\n`);
  });

  it("R27 a refusal has a Date, no body, and closes; 405 says what is allowed", async () => {
    const { port, clock } = await openSource();
    const client = await Client.open(port);
    client.send("PUT / HTTP/1.1\r\nHost: h\r\n\r\n");
    await client.ended();
    expect(client.received).toBe(
      `HTTP/1.1 405 Method Not Allowed\r\nDate: ${new Date(clock.now()).toUTCString()}\r\n` +
        "Content-Length: 0\r\nConnection: close\r\nAllow: GET, HEAD, POST\r\n\r\n",
    );
  });

  it("R23 HTTP/1.0 keep-alive is answered with Connection: keep-alive, and holds", async () => {
    const { port, channel } = await openSource();
    const client = await Client.open(port);
    for (let count = 1; count <= 3; count += 1) {
      client.send("GET /p HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
      await client.answered(count);
    }
    expect(client.answers.every((answer) => answer.endsWith("Connection: keep-alive"))).toBe(true);
    expect(channel.records).toHaveLength(3);
  });

  it("R25 pipelined requests of one read are answered by one write", () => {
    for (const count of [1, 2, 63, 64, 65, 300]) {
      const { connection, socket, channel } = fakeConnection();
      connection.read(Buffer.from(get("/").repeat(count)));
      expect(socket.statuses).toEqual(Array(count).fill(204));
      expect(channel.records).toHaveLength(count);
      expect(socket.writes, `${count} requests`).toBe(1);
    }
  });

  it("R25 1.0 and 1.1 in turn are still one write", () => {
    const { connection, socket } = fakeConnection();
    const old = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
    connection.read(Buffer.from((get("/") + old).repeat(20) + get("/", "Connection: close\r\n")));
    expect(socket.statuses).toHaveLength(41);
    expect(socket.writes).toBe(1);
  });

  it("R25 a thousand pipelined requests on a real socket, each answered and recorded in order", async () => {
    const { port, channel } = await openSource();
    const client = await Client.open(port);
    const paths = Array.from({ length: 1000 }, (_, index) => `/${index}`);
    client.send(paths.map((path) => get(path)).join(""));
    await client.answered(1000);
    expect(client.statuses).toEqual(Array(1000).fill(204));
    expect(channel.paths).toEqual(paths);
  });
});

describe("the end of a connection", () => {
  it("R26 a client that ends its side after a request gets its answer", async () => {
    const { port, channel } = await openSource();
    const client = await Client.open(port, true);
    client.socket.end(get("/a") + get("/b"));
    await client.ended();
    expect(client.statuses).toEqual([204, 204]);
    expect(channel.records).toHaveLength(2);
  });

  it("R26 a client that ends its side inside a head gets nothing, and is counted", async () => {
    const { port, channel, source } = await openSource();
    const client = await Client.open(port, true);
    client.socket.end(get("/a") + get("/b").slice(0, -1));
    await client.ended();
    expect(client.statuses).toEqual([204]);
    expect(channel.records).toHaveLength(1);
    expect(source.statistics.headsAborted).toBe(1);
    await eventually(() => source.statistics.connections === 0);
    expect(source.statistics.bufferedBytes).toBe(0);
  });

  it("R26 and its bytes are given back at once", () => {
    const { connection, statistics, socket } = fakeConnection();
    connection.read(Buffer.from("GET /"));
    connection.readEnded();
    expect(statistics).toMatchObject({ headsAborted: 1, bufferedBytes: 0 });
    expect(socket).toMatchObject({ written: "", isEnded: true });
    connection.closed();
    expect(statistics.headsAborted).toBe(1);
  });

  it("R24 after the last answer the input is read on, so that the answer arrives", async () => {
    const { port, source } = await openSource();
    const client = await Client.open(port, true);
    client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 30000\r\n\r\n");
    await client.answered(1);
    client.send("b".repeat(30_000));
    await client.ended();
    expect(client.statuses).toEqual([405]);
    client.socket.end();
    await once(client.socket, "close");
    expect(client.errorCode).toBeUndefined();
    expect(source.statistics.connectionErrors).toBe(0);
  });

  it("R24 but for no more than 64 KiB", async () => {
    const { connection, socket } = fakeConnection();
    connection.read(Buffer.from(get("/", "Connection: close\r\n")));
    expect(socket.isEnded).toBe(true);
    connection.read(Buffer.alloc(64 * 1024));
    expect(socket.isDestroyed).toBe(false);
    connection.read(Buffer.alloc(1));
    expect(socket.isDestroyed).toBe(true);
  });

  it("R24 and for no longer than 2 s", async () => {
    const { port, clock, source } = await openSource();
    const client = await Client.open(port, true);
    client.send(get("/", "Connection: close\r\n"));
    await client.ended();
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(1000);
    expect(source.statistics.connections).toBe(1);
    clock.advance(1000);
    await eventually(() => source.statistics.connections === 0);
  });

  it("R34 a reset is a counter", async () => {
    const { port, source } = await openSource();
    const client = await Client.open(port);
    client.send(get("/").slice(0, 10));
    await eventually(() => source.statistics.bufferedBytes > 0);
    client.socket.resetAndDestroy();
    await eventually(() => source.statistics.connections === 0);
    expect(source.statistics).toMatchObject({
      connectionErrors: 1,
      headsAborted: 1,
      bufferedBytes: 0,
      requestsActive: 0,
    });
  });
});

describe("time", () => {
  it("R30 a head that comes a byte a second is answered 408 after 10 s", async () => {
    const { port, clock, source, channel } = await openSource();
    const client = await Client.open(port);
    const head = get("/slow", "User-Agent: a slow client\r\n");
    let sent = 0;
    while (client.answers.length === 0 && sent < head.length - 1) {
      client.send(head[sent]!);
      sent += 1;
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      clock.advance(1000);
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    }
    await client.ended();
    expect(client.statuses).toEqual([408]);
    expect(sent).toBeGreaterThanOrEqual(10);
    expect(sent).toBeLessThanOrEqual(12);
    expect(channel.records).toHaveLength(0);
    expect(source.statistics.refused["head-timeout"]).toBe(1);
  });

  it("R30 of a later head the time runs from its first byte", () => {
    const { connection, socket, clock } = fakeConnection();
    connection.read(Buffer.from(get("/")));
    clock.advance(25_000);
    connection.tick(clock.monotonic());
    connection.read(Buffer.from("GET"));
    clock.advance(9999);
    connection.read(Buffer.from(" /"));
    connection.tick(clock.monotonic());
    expect(socket.statuses).toEqual([204]);
    clock.advance(1);
    connection.tick(clock.monotonic());
    expect(socket.statuses).toEqual([204, 408]);
  });

  it("a client that sends nothing is closed without an answer after 10 s", async () => {
    const { port, clock, source } = await openSource();
    const client = await Client.open(port);
    await eventually(() => source.statistics.connections === 1);
    clock.advance(9000);
    expect(client.isClosed).toBe(false);
    clock.advance(1000);
    await client.ended();
    expect(client.received).toBe("");
    expect(source.statistics.connectionsIdled).toBe(1);
  });

  it("an idle connection is closed without an answer after 30 s", async () => {
    const { port, clock, source } = await openSource();
    const client = await Client.open(port);
    client.send(get("/"));
    await client.answered(1);
    clock.advance(29_000);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    expect(client.isEnded).toBe(false);
    clock.advance(1000);
    await client.ended();
    expect(client.statuses).toEqual([204]);
    expect(source.statistics.connectionsIdled).toBe(1);
  });

  it("after 5 s while more than 80 % of the connections are in use", async () => {
    const { port, clock, source } = await openSource({ limits: { connections: 5 } });
    const clients: Client[] = [];
    const add = async (): Promise<void> => {
      const client = await Client.open(port);
      client.send(get("/"));
      await client.answered(1);
      clients.push(client);
    };
    for (let count = 0; count < 4; count += 1) await add();
    clock.advance(6000);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    expect(source.statistics.connectionsIdled).toBe(0);
    await add();
    clock.advance(1000);
    await clients[0]!.ended();
    expect(source.statistics.connectionsIdled).toBeGreaterThanOrEqual(1);
    expect(clients[4]!.isEnded).toBe(false);
  });

  it("R32 a client that does not read its answers is not read any more, and closed after 10 s", async () => {
    const { port, clock, source } = await openSource();
    const client = await Client.open(port);
    client.socket.pause();
    const burst = get("/").repeat(2000);
    while (!client.socket.writableNeedDrain) {
      client.send(burst);
      await new Promise((resolve) => setImmediate(resolve));
    }
    // The kernel takes no more from the client: the server has stopped to read.
    await eventually(() => source.statistics.requestsActive === 0);
    clock.advance(10_000);
    clock.advance(1000);
    await eventually(() => source.statistics.connections === 0);
    expect(source.statistics.writesStalled).toBe(1);
  });

  it("R32 a client that reads late gets everything", async () => {
    const { port, channel } = await openSource();
    const client = await Client.open(port);
    client.socket.pause();
    for (let count = 0; count < 20; count += 1) client.send(get("/").repeat(1000));
    await eventually(() => channel.records.length > 1000);
    client.socket.resume();
    await client.answered(20_000);
    expect(client.statuses.length).toBe(20_000);
    expect(channel.records).toHaveLength(20_000);
  });
});

describe("limits", () => {
  it("R33 above the limit connections are closed at once, and counted", async () => {
    const { port, source } = await openSource({ limits: { connections: 1 } });
    const first = await Client.open(port);
    await eventually(() => source.statistics.connections === 1);
    const second = await Client.open(port);
    await second.until(() => second.isClosed);
    expect(source.statistics.connectionsRefused).toBe(1);
    first.send(get("/"));
    await first.answered(1);
    expect(first.statuses).toEqual([204]);
  });

  it("R33 above the limit of one address its connections are closed at once, and others are served", async () => {
    const { port, source } = await openSource({ limits: { connectionsPerAddress: 2 } });
    const open = (from: string): Promise<Client> => Client.open(port, false, from);
    const first = await open("127.0.0.1");
    await open("127.0.0.1");
    await eventually(() => source.statistics.connections === 2);
    const third = await open("127.0.0.1");
    await third.until(() => third.isClosed);
    expect(source.statistics).toMatchObject({ connectionsOpened: 2, connectionsRefused: 1 });
    const other = await open("127.0.0.2");
    other.send(get("/"));
    await other.answered(1);
    expect(other.statuses).toEqual([204]);
    // One that ends makes room for the next.
    first.socket.destroy();
    await eventually(() => source.statistics.connections === 2);
    const next = await open("127.0.0.1");
    next.send(get("/"));
    await next.answered(1);
    expect(next.statuses).toEqual([204]);
    expect(source.statistics.connectionsRefused).toBe(1);
  });

  it("R31 the bytes held for all connections are bounded", async () => {
    const { port, source } = await openSource({ limits: { buffered: 512 } });
    const clients = await Promise.all([0, 1, 2].map(() => Client.open(port)));
    for (const [index, client] of clients.entries()) {
      client.send("GET / HTTP/1.1\r\n");
      if (index < 2) await eventually(() => source.statistics.bufferedBytes === 256 * (index + 1));
    }
    await clients[2]!.ended();
    expect(clients[2]!.statuses).toEqual([503]);
    expect(source.statistics.refused["buffers-full"]).toBe(1);
    clients[0]!.send("Host: h\r\n\r\n");
    await clients[0]!.answered(1);
    expect(clients[0]!.statuses).toEqual([204]);
    expect(source.statistics.bufferedBytes).toBe(256);
  });

  it("R31 a partial head that grows over the bound is refused and its bytes are given back", () => {
    const { connection, socket, statistics } = fakeConnection({ buffered: 1000 });
    connection.read(Buffer.from("GET / HTTP/1.1\r\n"));
    connection.read(Buffer.from(`X: ${"v".repeat(600)}`));
    expect(socket.statuses).toEqual([503]);
    expect(statistics.bufferedBytes).toBe(0);
  });
});

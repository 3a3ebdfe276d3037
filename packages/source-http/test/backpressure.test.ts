import { describe, expect, it } from "vitest";
import { Client, eventually } from "./support/client.ts";
import { fakeConnection } from "./support/fake-socket.ts";
import { openSource, stopSource } from "./support/open-source.ts";

const get = (path: string, fields = ""): string => `GET ${path} HTTP/1.1\r\nHost: h\r\n${fields}\r\n`;
const paths = (count: number): string[] => Array.from({ length: count }, (_, index) => `/${index}`);

describe("R33 the channel says wait", () => {
  it("the socket is not read, nothing is lost, and it goes on when there is room", async () => {
    const { port, channel, source, clock } = await openSource();
    channel.refusal = "wait";
    channel.roomFor = 3;
    const client = await Client.open(port);
    client.send(
      paths(10)
        .map((path) => get(path))
        .join(""),
    );
    await client.answered(3);
    await eventually(() => source.statistics.bufferedBytes > 0);
    // However long it takes: the client has done nothing wrong.
    for (let second = 0; second < 60; second += 1) clock.advance(1000);
    expect(channel.records).toHaveLength(3);
    channel.giveRoom(2);
    await client.answered(5);
    await new Promise((resolve) => setImmediate(resolve));
    expect(client.statuses).toEqual(Array(5).fill(204));
    channel.giveRoom(100);
    await client.answered(10);
    expect(channel.paths).toEqual(paths(10));
    expect(source.statistics.bufferedBytes).toBe(0);
    client.send(get("/after"));
    await client.answered(11);
    expect(channel.paths.at(-1)).toBe("/after");
  });

  it("at whatever byte the reads were cut", () => {
    const input = Buffer.from(
      paths(4)
        .map((path) => get(path))
        .join(""),
    );
    for (let cut = 1; cut < input.length; cut += 1) {
      const { connection, socket, channel, statistics } = fakeConnection();
      channel.refusal = "wait";
      const tries: boolean[] = [];
      for (const piece of [input.subarray(0, cut), input.subarray(cut)]) {
        channel.roomFor = channel.records.length;
        connection.read(piece);
        if (!socket.isPaused) continue;
        tries.push(connection.retry());
        channel.roomFor = 100;
        tries.push(connection.retry());
      }
      expect(channel.paths, `cut at ${cut}`).toEqual(paths(4));
      expect(tries.slice(0, 2)).toEqual([false, true]);
      expect(socket).toMatchObject({ statuses: Array(4).fill(204), isPaused: false });
      expect(statistics.bufferedBytes).toBe(0);
    }
  });

  it("connections go on in the order in which they came to wait, and one failed try ends the round", async () => {
    const { port, channel, source } = await openSource();
    channel.refusal = "wait";
    const clients: Client[] = [];
    for (const path of paths(5)) {
      const before = source.statistics.bufferedBytes;
      const client = await Client.open(port);
      client.send(get(path));
      await eventually(() => source.statistics.bufferedBytes > before);
      clients.push(client);
    }
    const before = channel.reservations;
    channel.giveRoom(2);
    await Promise.all([clients[0]!.answered(1), clients[1]!.answered(1)]);
    expect(channel.paths).toEqual(["/0", "/1"]);
    expect(channel.reservations - before).toBe(3);
    channel.giveRoom(100);
    await Promise.all(clients.map((client) => client.answered(1)));
    expect(channel.paths).toEqual(paths(5));
  });

  it("a connection that ends while it waits leaves nothing behind", async () => {
    const open = await openSource();
    const { port, channel, source } = open;
    channel.refusal = "wait";
    const client = await Client.open(port);
    client.send(get("/"));
    await eventually(() => source.statistics.bufferedBytes > 0);
    await stopSource(open);
    expect(source.statistics).toMatchObject({ bufferedBytes: 0, connections: 0 });
    channel.giveRoom(1);
    await Promise.resolve();
    expect(channel.records).toHaveLength(0);
  });

  it("a socket that waits for two things is read when both have come", () => {
    const { connection, socket, channel } = fakeConnection();
    channel.refusal = "wait";
    channel.roomFor = 1;
    socket.acceptsMore = false;
    connection.read(Buffer.from(get("/a") + get("/b")));
    expect(socket.isPaused).toBe(true);
    socket.acceptsMore = true;
    connection.drained();
    expect(socket.isPaused).toBe(true);
    channel.roomFor = 2;
    expect(connection.retry()).toBe(true);
    expect(socket.isPaused).toBe(false);
    expect(channel.paths).toEqual(["/a", "/b"]);
  });

  it("what waits is bounded too", () => {
    const { connection, socket, channel, statistics } = fakeConnection({ buffered: 100 });
    channel.refusal = "wait";
    connection.read(Buffer.from(get("/").repeat(10)));
    expect(socket.statuses).toEqual([503]);
    expect(statistics.bufferedBytes).toBe(0);
    expect(channel.records).toHaveLength(0);
  });
});

describe("R33 the channel says full", () => {
  it("503 with Retry-After, close, no record; the answers before it come first", async () => {
    const { port, channel, source } = await openSource();
    channel.refusal = "full";
    channel.roomFor = 2;
    const client = await Client.open(port);
    client.send(
      paths(5)
        .map((path) => get(path))
        .join(""),
    );
    await client.ended();
    expect(client.statuses).toEqual([204, 204, 503]);
    expect(client.answers[2]).toMatch(/\r\nRetry-After: \d+/);
    expect(channel.records).toHaveLength(2);
    expect(source.statistics.refused["channel-full"]).toBe(1);
  });
});

describe("R33 answers wait for the durable watermark", () => {
  it("nothing is answered before it, and no more than it covers", async () => {
    const { port, channel, source } = await openSource();
    channel.isLagging = true;
    const client = await Client.open(port);
    client.send(
      paths(5)
        .map((path) => get(path))
        .join(""),
    );
    await eventually(() => channel.records.length === 5);
    expect(source.statistics.requestsActive).toBe(5);
    expect(client.received).toBe("");
    channel.makeDurable(2);
    await client.answered(2);
    await new Promise((resolve) => setImmediate(resolve));
    expect(client.statuses).toHaveLength(2);
    channel.makeDurable(5);
    await client.answered(5);
    expect(client.statuses).toEqual(Array(5).fill(204));
    expect(source.statistics.requestsActive).toBe(0);
  });

  it("also when it moves in the middle of a read batch", () => {
    const { connection, socket, channel } = fakeConnection();
    channel.lagBy = 1;
    connection.read(Buffer.from(get("/").repeat(3)));
    expect(socket.statuses).toEqual([204, 204]);
    channel.makeDurable();
    expect(socket.statuses).toEqual([204, 204, 204]);
  });

  it("read batches keep their order, a refusal and the close come last", () => {
    const { connection, socket, channel } = fakeConnection();
    channel.isLagging = true;
    connection.read(Buffer.from(get("/a")));
    connection.read(Buffer.from(get("/b") + get("/c")));
    connection.read(Buffer.from("BAD\r\n"));
    expect(socket.written).toBe("");
    expect(socket.isEnded).toBe(false);
    channel.makeDurable(2);
    expect(socket.statuses).toEqual([204, 204]);
    channel.makeDurable(3);
    expect(socket.statuses).toEqual([204, 204, 204, 400]);
    expect(socket.isEnded).toBe(true);
  });

  it("records of other connections in between are not mistaken for its own", async () => {
    const { port, channel } = await openSource();
    channel.isLagging = true;
    const [one, two] = [await Client.open(port), await Client.open(port)];
    one.send(get("/1"));
    await eventually(() => channel.records.length === 1);
    two.send(get("/2"));
    await eventually(() => channel.records.length === 2);
    one.send(get("/3"));
    await eventually(() => channel.records.length === 3);
    channel.makeDurable(2);
    await Promise.all([one.answered(1), two.answered(1)]);
    expect([one.statuses, two.statuses]).toEqual([[204], [204]]);
    channel.makeDurable(3);
    await one.answered(2);
    expect(one.statuses).toEqual([204, 204]);
  });

  it("a connection with many waiting batches is not read until some are answered", () => {
    const { connection, socket, channel } = fakeConnection();
    channel.isLagging = true;
    let batches = 0;
    while (!socket.isPaused) {
      connection.read(Buffer.from(get("/")));
      batches += 1;
    }
    expect(batches).toBe(16);
    channel.makeDurable(1);
    expect(socket.isPaused).toBe(false);
  });

  it("a connection whose answers wait is not idle", () => {
    const { connection, socket, channel, clock } = fakeConnection();
    channel.isLagging = true;
    connection.read(Buffer.from(get("/")));
    clock.advance(60_000);
    connection.tick(clock.monotonic());
    expect(socket.isDestroyed).toBe(false);
  });

  it("R26 a client that has ended its side still gets them", async () => {
    const { port, channel } = await openSource();
    channel.isLagging = true;
    const client = await Client.open(port, true);
    client.socket.end(get("/"));
    await eventually(() => channel.records.length === 1);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    channel.makeDurable();
    await client.ended();
    expect(client.statuses).toEqual([204]);
  });

  it("the time of a request ends with its answer", () => {
    const { connection, channel, clock, statistics } = fakeConnection();
    channel.isLagging = true;
    connection.read(Buffer.from(get("/")));
    clock.advance(5);
    connection.read(Buffer.from(get("/") + get("/")));
    clock.advance(10);
    channel.makeDurable();
    const { requestTimeMax, requestTimeTotal, requestTimeMean, requestsActiveMax } =
      statistics.sinceReset(15);
    expect({ requestTimeMax, requestTimeTotal, requestsActiveMax }).toEqual({
      requestTimeMax: 15,
      requestTimeTotal: 35,
      requestsActiveMax: 3,
    });
    expect(requestTimeMean).toBeCloseTo(35 / 3);
  });
});

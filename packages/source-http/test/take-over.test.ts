import type { Socket } from "node:net";
import { seededRandom } from "@sewer/testkit";
import { describe, expect, it, test } from "vitest";
import { Connection } from "../src/connection.ts";
import { Engine } from "../src/engine.ts";
import { HttpSource, httpSourceOptions, type HttpSourceOptions } from "../src/index.ts";
import { Client, eventually } from "./support/client.ts";
import { FakeSocket, fakeConnection } from "./support/fake-socket.ts";
import { MemoryChannel } from "./support/memory-channel.ts";
import { contextFor, openSource, readPath, type OpenSource } from "./support/open-source.ts";

const get = (path: string, fields = ""): string => `GET ${path} HTTP/1.1\r\nHost: h\r\n${fields}\r\n`;
const post = (path: string, body: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: h\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** Another source takes over from the one that is open. */
function follow({ clock }: OpenSource, former: HttpSource, options: Partial<HttpSourceOptions> = {}) {
  const resolved = httpSourceOptions.parse({
    type: "http",
    host: "127.0.0.1",
    port: 0,
    readPath,
    ...options,
  });
  const source = new HttpSource(resolved, contextFor(clock));
  const channel = new MemoryChannel();
  let isLeft = false;
  const left = source.takeOver(former, channel).then(() => {
    isLeft = true;
  });
  return { source, channel, left, isLeft: () => isLeft };
}

describe("a source whose options change", () => {
  it("keeps its connections: what begins is recorded by the new options, in the new channel", async () => {
    const open = await openSource();
    const client = await Client.open(open.port);
    client.send(get("/old", "X-A: 1\r\n"));
    await client.answered(1);
    const next = follow(open, open.source, { headers: ["x-a"] });
    await next.left;
    client.send(get("/new", "X-A: 2\r\n"));
    await client.answered(2);
    expect(client.statuses).toEqual([204, 204]);
    expect(open.channel.paths).toEqual(["/old"]);
    expect(next.channel.extendedEvents).toMatchObject([{ requestPath: "/new", headers: [["x-a", "2"]] }]);
    expect(next.source.schema.name).toBe("access-log-extended");
    expect(next.source.addresses).toEqual(open.source.addresses);
    expect(next.source.statistics.records).toBe(2);
    expect(open.channel.listeners).toBe(0);
  });

  it("ends a request whose body is under way by the former options, and the next by the new ones", async () => {
    const open = await openSource({ body: { record: true } });
    const client = await Client.open(open.port);
    client.send(post("/old", "abcd").slice(0, -2));
    await eventually(() => open.source.statistics.bodyBytes === 2);
    const next = follow(open, open.source);
    client.send("cd");
    await client.answered(1);
    await next.left;
    client.send(post("/new", "ef"));
    await client.answered(2);
    expect(open.channel.extendedEvents.map(({ body }) => Buffer.from(body!).toString())).toEqual(["abcd"]);
    expect(next.channel.paths).toEqual(["/new"]);
  });

  it("reads no further request of a client before those of the former channel are answered", async () => {
    const open = await openSource();
    open.channel.isLagging = true;
    const client = await Client.open(open.port);
    client.send(get("/old"));
    await eventually(() => open.channel.records.length === 1);
    const next = follow(open, open.source);
    client.send(get("/new"));
    expect(next.isLeft()).toBe(false);
    open.channel.makeDurable();
    await client.answered(2);
    await next.left;
    expect(client.statuses).toEqual([204, 204]);
    expect([open.channel.paths, next.channel.paths]).toEqual([["/old"], ["/new"]]);
  });

  it("refuses and limits by the new options on connections that are open", async () => {
    const open = await openSource();
    const [first, second] = [await Client.open(open.port), await Client.open(open.port)];
    first.send(get("/a"));
    second.send(get("/a"));
    await Promise.all([first.answered(1), second.answered(1)]);
    await follow(open, open.source, { methods: ["POST"], limits: { connectionsPerAddress: 2 } }).left;
    const third = await Client.open(open.port);
    await third.ended();
    first.send(get("/b"));
    await first.ended();
    expect(first.statuses).toEqual([204, 405]);
  });

  it("closes, with an answer, a connection that was never free for 10 s", async () => {
    const open = await openSource();
    const client = await Client.open(open.port);
    const last = follow(open, open.source, { limits: { bodyGapTime: "1m" } });
    await last.left;
    // Each read ends inside of a body, so that there is always a request under way.
    const whole = post("/p", "1234");
    client.send(whole.slice(0, -1));
    await eventually(() => last.source.statistics.bodyBytes === 3);
    const after = follow(open, last.source);
    for (let count = 1; count <= 3; count++) {
      client.send(whole.slice(-1) + whole.slice(0, -1));
      await client.answered(count);
    }
    expect(after.isLeft()).toBe(false);
    open.clock.advance(10_000);
    client.send(whole.slice(-1));
    await client.ended();
    await after.left;
    expect(client.answers.at(-1)).toMatch(/Connection: close/);
    expect(last.channel.records.length).toBe(4);
    expect(client.statuses).toEqual([204, 204, 204, 204]);
  });

  it("is closed and drained by its successor, with the status port", async () => {
    const open = await openSource();
    const client = await Client.open(open.port);
    const next = follow(open, open.source);
    next.source.drain();
    const probe = await Client.open(open.statusPort);
    probe.send(get("/readyz"));
    await probe.answered(1);
    expect(probe.statuses).toEqual([503]);
    client.send(get("/a"));
    await client.ended();
    expect(client.answers.at(-1)).toMatch(/Connection: close/);
    await next.source.close(1000);
    await next.left;
    expect(open.channel.listeners + next.channel.listeners).toBe(0);
  });

  it("says which changes need other ports", () => {
    const parse = (options: Partial<HttpSourceOptions>) =>
      httpSourceOptions.parse({ type: "http", port: 8080, ...options });
    expect(HttpSource.isSamePorts(parse({}), parse({ headers: ["x-a"], crossdomain: true }))).toBe(true);
    for (const other of [{ port: 8090 }, { host: "127.0.0.1" }, { statusPort: 9 }, { processes: 2 }]) {
      expect(HttpSource.isSamePorts(parse({}), parse(other))).toBe(false);
    }
  });
});

test("a change at any byte of a pipeline: one record and one 204 for each request, whoever serves it", () => {
  const pipeline = Buffer.from(get("/1") + post("/2", "body") + get("/3", "X-Long: value\r\n"));
  for (let at = 0; at < pipeline.length; at++) {
    const { socket, channel, connection, engine, clock, statistics } = fakeConnection();
    const options = httpSourceOptions.parse({ type: "http" });
    const after = new MemoryChannel();
    const next = new Engine({ channel: after, clock, options, connections: 100, statistics });
    connection.read(pipeline.subarray(0, at));
    engine.successor = next;
    connection.moveOn();
    connection.read(pipeline.subarray(at));
    expect(socket.statuses).toEqual([204, 204, 204]);
    expect([...channel.paths, ...after.paths]).toEqual(["/1", "/2", "/3"]);
    connection.read(Buffer.from(get("/4")));
    expect(after.paths.at(-1)).toBe("/4");
    connection.closed();
    expect(statistics.bufferedBytes).toBe(0);
  }
});

test("a head that is refused by the new limits is refused once", () => {
  const { socket, connection, engine, clock, statistics } = fakeConnection();
  const options = httpSourceOptions.parse({ type: "http", limits: { requestLine: 64 } });
  const next = new Engine({ channel: new MemoryChannel(), clock, options, connections: 100, statistics });
  connection.read(Buffer.from(`GET /${"a".repeat(100)} HTTP/1.1\r\nHost:`));
  engine.successor = next;
  connection.moveOn();
  expect(socket.statuses).toEqual([414]);
});

test.for([1, 2, 3, 4, 5, 6])(
  "whatever is under way at any number of changes, each 204 has its record: seed %i",
  (seed) => {
    const random = seededRandom(seed);
    const upTo = (bound: number): number => Math.floor(random.next() * bound);
    const { channel: first, engine: firstEngine, clock, statistics } = fakeConnection();
    const channels = [first];
    const engines = [firstEngine];
    const clients = Array.from({ length: 5 }, () => {
      const socket = new FakeSocket();
      const connection = new Connection(socket as unknown as Socket, firstEngine, Buffer.from("192.0.2.7"));
      return { socket, connection, input: "", sent: 0 };
    });
    for (let step = 0; step < 2000; step++) {
      const client = clients[upTo(clients.length)]!;
      const choice = upTo(20);
      if (choice < 14) {
        if (client.input.length < 40) {
          client.sent += 1;
          client.input +=
            upTo(2) === 0 ? get(`/${client.sent}`) : post(`/${client.sent}`, "x".repeat(upTo(20)));
        }
        // A paused socket is not read.
        if (client.socket.isPaused) continue;
        const length = 1 + upTo(client.input.length);
        client.connection.read(Buffer.from(client.input.slice(0, length)));
        client.input = client.input.slice(length);
      } else if (choice < 17) {
        channels[upTo(channels.length)]!.makeDurable();
      } else if (choice < 19) {
        channels.at(-1)!.isLagging = upTo(2) === 0;
      } else {
        const options = httpSourceOptions.parse({ type: "http", headers: upTo(2) === 0 ? ["x-a"] : [] });
        const channel = new MemoryChannel();
        const next = new Engine({ channel, clock, options, connections: 100, statistics });
        next.attach();
        for (const engine of engines) engine.successor = next;
        engines.push(next);
        channels.push(channel);
        for (const { connection } of clients) connection.moveOn();
      }
    }
    for (const channel of channels) channel.isLagging = false;
    for (const { connection, socket, input } of clients) {
      let rest = Buffer.from(input);
      for (let round = 0; round < 10; round++) {
        for (const channel of channels) channel.makeDurable();
        if (socket.isPaused) continue;
        connection.read(rest);
        rest = Buffer.alloc(0);
      }
    }
    const records = channels.reduce((sum, channel) => sum + channel.records.length, 0);
    const sent = clients.reduce((sum, client) => sum + client.sent, 0);
    const answers = clients.flatMap(({ socket }) => socket.statuses);
    expect(answers.every((status) => status === 204)).toBe(true);
    expect([records, answers.length]).toEqual([sent, sent]);
    for (const { connection } of clients) connection.closed();
    expect(statistics.bufferedBytes).toBe(0);
  },
);

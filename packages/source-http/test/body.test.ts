import { describe, expect, it } from "vitest";
import { Client, eventually } from "./support/client.ts";
import { fakeConnection } from "./support/fake-socket.ts";
import { openSource } from "./support/open-source.ts";

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`;
const post = (path: string, body: string, fields = ""): string =>
  `POST ${path} HTTP/1.1\r\nHost: h\r\nContent-Length: ${body.length}\r\n${fields}\r\n${body}`;
const chunked = (path: string, body: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n` +
  `${body.length.toString(16)};ext\r\n${body}\r\n0\r\nX: y\r\n\r\n`;

describe("R21 Expect: 100-continue", () => {
  it("R21 asks for the body once, then answers", async () => {
    const { port, channel, source } = await openSource();
    const client = await Client.open(port);
    const request = post("/b", "abc", "Expect: 100-continue\r\n");
    client.send(request.slice(0, -3));
    await client.answered(1);
    expect(client.received).toBe("HTTP/1.1 100 Continue\r\n\r\n");
    expect(channel.records).toHaveLength(0);
    client.send("a");
    client.send("bc");
    await client.answered(2);
    expect(client.statuses).toEqual([100, 204]);
    expect(channel.paths).toEqual(["/b"]);
    expect(source.statistics).toMatchObject({ requests: 1, requestsActive: 0, continues: 1, bodyBytes: 3 });
    expect(source.statistics.sinceReset(0)).toMatchObject({ responses1xx: 1, responses2xx: 1 });
  });

  it("R21 not when a part of the body is here, nor for 1.0", () => {
    const one = fakeConnection();
    one.connection.read(Buffer.from(post("/", "abc", "Expect: 100-continue\r\n").slice(0, -1)));
    expect(one.socket.written).toBe("");
    const old = fakeConnection();
    old.connection.read(
      Buffer.from(post("/", "a", "Expect: 100-continue\r\n").slice(0, -1).replace("1.1", "1.0")),
    );
    expect(old.socket.written).toBe("");
  });

  it("R21 the 100 comes behind the answers before it, also when they wait", () => {
    const { connection, socket, channel } = fakeConnection();
    channel.isLagging = true;
    connection.read(Buffer.from(get("/a") + post("/b", "abc", "Expect: 100-continue\r\n").slice(0, -3)));
    expect(socket.statuses).toEqual([]);
    channel.makeDurable();
    expect(socket.statuses).toEqual([204, 100]);
    connection.read(Buffer.from("abc"));
    channel.makeDurable();
    expect(socket.statuses).toEqual([204, 100, 204]);
  });

  it("R21 a connection that goes while its 100 waits is one request that nobody answers", () => {
    const { connection, channel, statistics } = fakeConnection();
    channel.isLagging = true;
    connection.read(Buffer.from(get("/a") + post("/b", "abc", "Expect: 100-continue\r\n").slice(0, -3)));
    connection.closed();
    expect(statistics).toMatchObject({ requests: 1, requestsActive: 0, bodiesAborted: 1, bufferedBytes: 0 });
  });
});

describe("R20 record and answer come with the end of the body", () => {
  it("R20 the record has the time at which the head was whole", () => {
    const { connection, channel, clock } = fakeConnection();
    const begun = clock.now();
    connection.read(Buffer.from(post("/", "abc").slice(0, -1)));
    clock.advance(500);
    connection.read(Buffer.from("c" + get("/next")));
    expect(channel.events.map(({ timestamp }) => timestamp)).toEqual([begun, begun + 500]);
  });

  it("R20 records of others are committed in the meantime", async () => {
    const { port, channel, source } = await openSource();
    const [slow, quick] = [await Client.open(port), await Client.open(port)];
    slow.send(post("/slow", "abc").slice(0, -1));
    await eventually(() => source.statistics.bodyBytes === 2);
    quick.send(get("/quick"));
    await quick.answered(1);
    slow.send("c");
    await slow.answered(1);
    expect(channel.paths).toEqual(["/quick", "/slow"]);
  });

  it("R20 at whatever byte the reads are cut, while the channel has no room", () => {
    const input = Buffer.from(get("/0") + chunked("/1", "abc") + post("/2", "defg") + get("/3"));
    const paths = ["/0", "/1", "/2", "/3"];
    for (let cut = 1; cut < input.length; cut += 1) {
      const { connection, socket, channel, statistics } = fakeConnection();
      channel.refusal = "wait";
      for (const piece of [input.subarray(0, cut), input.subarray(cut)]) {
        channel.roomFor = channel.records.length;
        connection.read(piece);
        while (socket.isPaused) {
          expect(connection.retry()).toBe(false);
          channel.roomFor = channel.records.length + 1;
          connection.retry();
          channel.roomFor = channel.records.length;
        }
      }
      channel.roomFor = 100;
      connection.retry();
      expect(channel.paths, `cut at ${cut}`).toEqual(paths);
      expect(socket).toMatchObject({ statuses: Array(4).fill(204), isPaused: false });
      expect(statistics).toMatchObject({ bufferedBytes: 0, bodyBytes: 7, requestsActive: 0 });
    }
  });

  it("R33 a channel that is full when the body has come: 503, no record", () => {
    const { connection, socket, channel, statistics } = fakeConnection();
    channel.refusal = "full";
    connection.read(Buffer.from(post("/", "abc") + get("/")));
    expect(socket).toMatchObject({ statuses: [503], isEnded: true });
    expect(statistics).toMatchObject({ bufferedBytes: 0, records: 0 });
  });

  it("R26 a client that ends inside a body gets no answer, and is counted", async () => {
    const { port, channel, source } = await openSource();
    const client = await Client.open(port, true);
    client.socket.end(get("/a") + post("/b", "abc").slice(0, -1));
    await client.ended();
    expect(client.statuses).toEqual([204]);
    expect(channel.paths).toEqual(["/a"]);
    await eventually(() => source.statistics.connections === 0);
    expect(source.statistics).toMatchObject({ bodiesAborted: 1, headsAborted: 0, bufferedBytes: 0 });
  });

  it("R34 at a stop a body that is under way is waited for", async () => {
    const { port, source, channel } = await openSource();
    const client = await Client.open(port);
    client.send(get("/a") + post("/b", "abc").slice(0, -1));
    await client.answered(1);
    const closed = source.close(1000);
    await new Promise((resolve) => setImmediate(() => setImmediate(() => setImmediate(resolve))));
    client.send("c");
    await client.ended();
    await closed;
    expect(client.statuses).toEqual([204, 204]);
    expect(client.answers[1]).toContain("Connection: close");
    expect(channel.paths).toEqual(["/a", "/b"]);
  });
});

describe("R30 the time of a body", () => {
  it("R30 nothing of it for 10 s: 408", () => {
    const { connection, socket, clock, statistics } = fakeConnection();
    connection.read(Buffer.from(post("/", "abc").slice(0, -2)));
    clock.advance(9999);
    connection.tick(clock.monotonic());
    expect(socket.statuses).toEqual([]);
    clock.advance(1);
    connection.tick(clock.monotonic());
    expect(socket).toMatchObject({ statuses: [408], isEnded: true });
    expect(statistics.refused["body-timeout"]).toBe(1);
    expect(statistics).toMatchObject({ bufferedBytes: 0, requestsActive: 0 });
  });

  it("R30 a byte every 9 s: 408 after 30 s", () => {
    const { connection, socket, clock } = fakeConnection();
    connection.read(Buffer.from(post("/", "b".repeat(100)).slice(0, -100)));
    for (let second = 1; second < 30; second += 1) {
      clock.advance(1000);
      connection.tick(clock.monotonic());
      if (second % 9 === 0) connection.read(Buffer.from("b"));
      expect(socket.statuses).toEqual([]);
    }
    clock.advance(1000);
    connection.tick(clock.monotonic());
    expect(socket.statuses).toEqual([408]);
  });
});

describe("R30 the time in which we do not read", () => {
  it.for([
    ["head", get("/x").slice(0, -2)],
    ["body", post("/x", "abc").slice(0, -2)],
  ])("R30 does not count for a %s", ([, begun]) => {
    const { connection, socket, channel, clock } = fakeConnection({ unansweredReads: 1 });
    channel.isLagging = true;
    connection.read(Buffer.from(get("/") + begun!));
    expect(socket.isPaused).toBe(true);
    clock.advance(60_000);
    channel.makeDurable();
    expect(socket.isPaused).toBe(false);
    connection.tick(clock.monotonic());
    expect(socket.statuses).toEqual([204]);
    clock.advance(10_000);
    connection.tick(clock.monotonic());
    expect(socket.statuses).toEqual([204, 408]);
  });
});

describe("R31 memory of bodies", () => {
  it("R31 a body that is counted takes none, and no more than the head while it is under way", () => {
    const { connection, channel, statistics } = fakeConnection();
    connection.read(Buffer.from(post("/", "x".repeat(100_000)).slice(0, -50_000)));
    expect(statistics.bufferedBytes).toBe(256);
    connection.read(Buffer.alloc(50_000, "x"));
    expect(channel.records).toHaveLength(1);
    expect(statistics).toMatchObject({ bufferedBytes: 0, bodyBytes: 100_000 });
  });

  it("R31 requests whose bodies are under way are bounded too", () => {
    const { connection, socket, statistics } = fakeConnection({ buffered: 255 });
    connection.read(Buffer.from(post("/", "abc")));
    expect(socket.statuses).toEqual([503]);
    expect(statistics.bufferedBytes).toBe(0);
  });
});

describe("R5 methods", () => {
  const statusOf = (method: string, methods: "any" | string[]): string => {
    const { connection, socket } = fakeConnection({}, { methods });
    connection.read(Buffer.from(`${method} /p HTTP/1.1\r\nHost: h\r\n\r\n`));
    return socket.written.split("\r\n\r\n")[0]!;
  };

  it("R5 only those of the list, and 405 names them", () => {
    expect(statusOf("PUT", ["GET", "PUT"])).toContain("204");
    expect(statusOf("POST", ["GET", "PUT"])).toMatch(/^HTTP\/1.1 405 [^]*\r\nAllow: GET, PUT$/);
    expect(statusOf("put", ["GET", "PUT"])).toContain("405");
  });

  it("R5 any: all but CONNECT and TRACE", () => {
    for (const method of ["GET", "POST", "DELETE", "PATCH", "OPTIONS", "get", "M-SEARCH"]) {
      expect(statusOf(method, "any"), method).toContain("204");
    }
    expect(statusOf("TRACE", "any")).toMatch(/405[^]*Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS/);
    const { connection, socket } = fakeConnection({}, { methods: "any" });
    connection.read(Buffer.from("CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n"));
    expect(socket.statuses).toEqual([405]);
  });

  it("R7 OPTIONS * is recorded with the path *", () => {
    const { connection, channel, socket } = fakeConnection({}, { methods: ["OPTIONS"] });
    connection.read(Buffer.from("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"));
    expect(socket.statuses).toEqual([204]);
    expect(channel.events[0]).toMatchObject({ requestPath: "*", queryString: null });
  });
});

import { describe, expect, it } from "vitest";
import { HttpSource, httpSourceOptions, type HttpSourceOptions } from "../src/index.ts";
import { ManualClock } from "@sewer/testkit";
import { contextFor } from "./support/open-source.ts";
import { fakeConnection } from "./support/fake-socket.ts";

const base = "GET /p HTTP/1.1\r\nHost: h\r\n";
const recording = (options: Partial<HttpSourceOptions>): ReturnType<typeof fakeConnection> =>
  fakeConnection({}, options);

describe("schema", () => {
  it.for<[Partial<HttpSourceOptions>, string]>([
    [{}, "access-log"],
    [{ headers: ["dnt"] }, "access-log-extended"],
    [{ body: { record: true } }, "access-log-extended"],
    [{ body: { maxBytes: 1 } }, "access-log"],
  ])("%j: %s", ([options, name]) => {
    const resolved = httpSourceOptions.parse({ type: "http", ...options });
    expect(new HttpSource(resolved, contextFor(new ManualClock())).schema.name).toBe(name);
  });
});

describe("headers", () => {
  it("those of the list, lower case, in wire order, repeats kept", () => {
    const { connection, channel } = recording({ headers: ["DNT", "Accept-Language", "user-agent", "X_a"] });
    const fields =
      "accept-language: de\r\nX-A: no\r\nDnt: 1\r\nX_A: yes\r\nUser-Agent: u\r\nACCEPT-LANGUAGE:  \r\n";
    connection.read(Buffer.from(`${base}${fields}\r\n`));
    expect(channel.extendedEvents[0]).toMatchObject({
      method: "GET",
      userAgent: "u",
      headers: [
        ["accept-language", "de"],
        ["dnt", "1"],
        ["x_a", "yes"],
        ["user-agent", "u"],
        ["accept-language", ""],
      ],
      body: null,
    });
  });

  it("nothing leaks from one request to the next", () => {
    const { connection, channel } = recording({ headers: ["dnt"], body: { record: true } });
    connection.read(Buffer.from(`${base}DNT: 1\r\nContent-Length: 3\r\n\r\nabc${base}\r\n`));
    expect(channel.extendedEvents[0]).toMatchObject({ headers: [["dnt", "1"]], body: Buffer.from("abc") });
    expect(channel.extendedEvents[1]).toMatchObject({ headers: [], body: null });
  });

  it("fields that framing and routing need can be recorded too", () => {
    const { connection, channel, socket } = recording({
      headers: ["host", "cookie", "connection", "expect"],
    });
    connection.read(Buffer.from(`${base}Cookie: a\r\nCookie: b\r\nConnection: close\r\n\r\n`));
    expect(channel.extendedEvents[0]).toMatchObject({
      cookies: "a; b",
      headers: [
        ["host", "h"],
        ["cookie", "a"],
        ["cookie", "b"],
        ["connection", "close"],
      ],
    });
    expect(socket.isEnded).toBe(true);
  });

  it("64 names of one length and letter, in a head of 100 fields, fit what is reserved", () => {
    const headers = Array.from({ length: 64 }, (_, index) => `x-${index + 10}`);
    const { connection, channel } = recording({ headers });
    const fields = Array.from(
      { length: 99 },
      (_, index) => `X-${(index % 64) + 10}:${index % 2 === 0 ? "v" : ""}`,
    );
    connection.read(Buffer.from(`${base}${fields.join("\r\n")}\r\n\r\n`));
    expect(channel.extendedEvents[0]!.headers).toHaveLength(99);
    expect(channel.extendedEvents[0]!.headers[98]).toEqual(["x-44", "v"]);
  });

  it("a long recorded User-Agent stands in the record twice", () => {
    const { connection, channel } = recording({ headers: ["user-agent"] });
    const userAgent = "u".repeat(15_000);
    connection.read(Buffer.from(`${base}User-Agent: ${userAgent}\r\n\r\n`));
    expect(channel.extendedEvents[0]).toMatchObject({ userAgent, headers: [["user-agent", userAgent]] });
  });

  it("the order of a head that comes byte by byte is kept", () => {
    const { connection, channel } = recording({ headers: ["a", "b"] });
    for (const byte of Buffer.from(`${base}b: 2\r\na: 1\r\n\r\n`)) connection.read(Buffer.from([byte]));
    expect(channel.extendedEvents[0]!.headers).toEqual([
      ["b", "2"],
      ["a", "1"],
    ]);
  });

  it.for(["a b", "", "a:b", "x".repeat(64), "a^b", "é"])("%j is no name", (name) => {
    expect(httpSourceOptions.safeParse({ type: "http", headers: [name] }).success).toBe(false);
  });
});

describe("bodies", () => {
  const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

  it("R20 recorded as they are behind the framing, at whatever byte they are cut", () => {
    const chunks = `3;x=y\r\n\0\r\n\r\n1\r\n\xff\r\n0\r\nDNT: trailer\r\n\r\n`;
    const input = Buffer.from(
      `POST /1 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}` +
        `POST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nDNT: 1\r\n\r\n\r\n${base}\r\n`,
      "latin1",
    );
    for (let cut = 0; cut < input.length; cut += 1) {
      const { connection, channel, statistics } = recording({ headers: ["dnt"], body: { record: true } });
      if (cut > 0) connection.read(input.subarray(0, cut));
      connection.read(input.subarray(cut));
      const found = channel.extendedEvents.map(({ method, headers, body }) => [method, headers, body]);
      expect(found, `cut at ${cut}`).toEqual([
        ["POST", [], Buffer.from("\0\r\n\xff", "latin1")],
        ["POST", [["dnt", "1"]], Buffer.from("\r\n")],
        ["GET", [], null],
      ]);
      expect(statistics.bufferedBytes).toBe(0);
    }
  });

  it("R20 every byte value, and an empty body is not null", () => {
    const { connection, channel } = recording({ body: { record: true } });
    connection.read(Buffer.from(`POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 256\r\n\r\n`));
    connection.read(everyByte);
    connection.read(Buffer.from(`POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n`));
    connection.read(Buffer.from(`POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`));
    connection.read(Buffer.from(`POST / HTTP/1.1\r\nHost: h\r\n\r\n`));
    expect(channel.extendedEvents.map(({ body }) => body)).toEqual([
      everyByte,
      Buffer.alloc(0),
      Buffer.alloc(0),
      null,
    ]);
  });

  it("up to maxBytes whole, above it 413 and no record: never cut", () => {
    for (const framed of [
      (body: string) => `Content-Length: ${body.length}\r\n\r\n${body}`,
      (body: string) =>
        `Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    ]) {
      const { connection, channel, socket, statistics } = recording({
        body: { record: true, maxBytes: "100KiB" },
      });
      const whole = "b".repeat(100 * 1024);
      connection.read(Buffer.from(`POST / HTTP/1.1\r\nHost: h\r\n${framed(whole)}`));
      expect(channel.extendedEvents[0]!.body).toEqual(Buffer.from(whole));
      connection.read(Buffer.from(`POST / HTTP/1.1\r\nHost: h\r\n${framed(`${whole}b`)}`));
      expect(socket.statuses).toEqual([204, 413]);
      expect(statistics.refused["body-too-large"]).toBe(1);
      expect(channel.records).toHaveLength(1);
      expect(statistics.bufferedBytes).toBe(0);
    }
  });

  it("R31 what is held of bodies is bounded, and given back", () => {
    const { connection, socket, statistics } = fakeConnection({ buffered: 4096 }, { body: { record: true } });
    connection.read(Buffer.from(`POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5000\r\n\r\n`));
    connection.read(Buffer.alloc(3000));
    expect(statistics.bufferedBytes).toBe(4096);
    connection.read(Buffer.alloc(1500));
    expect(socket.statuses).toEqual([503]);
    expect(statistics.bufferedBytes).toBe(0);
  });
});

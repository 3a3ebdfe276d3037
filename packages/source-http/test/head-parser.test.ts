import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HeadParser } from "../src/head-parser.ts";
import { ParseCursor } from "../src/parse-cursor.ts";
import { PartialHead } from "../src/partial-head.ts";
import { cases } from "./support/cases.ts";
import { fakeConnection } from "./support/fake-socket.ts";

const limits = { requestLineBytesMax: 8192, headBytesMax: 16_384, fieldsMax: 100 };

/** A buffer that counts how often one of its bytes is looked at. */
interface CountingBuffer {
  readonly buffer: Uint8Array;
  readonly reads: () => number;
  readonly last: () => number;
}

function counting(bytes: Buffer): CountingBuffer {
  let reads = 0;
  let last = -1;
  const buffer = new Proxy(bytes, {
    get(target, key): unknown {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof key !== "string" || !/^\d+$/.test(key)) {
        return typeof value === "function" ? (value as () => void).bind(target) : value;
      }
      reads += 1;
      last = Math.max(last, Number(key));
      return value;
    },
  });
  return { buffer, reads: () => reads, last: () => last };
}

function headOf(length: number): Buffer {
  const start = `GET /${"p".repeat(length / 4)}?${"q".repeat(length / 8)} HTTP/1.1\r\nHost: h\r\n`;
  const rest = `X-Some-Name: ${"v".repeat(40)}\r\n`;
  const fields = rest.repeat(Math.floor(length / 2 / rest.length));
  const userAgent = `User-Agent: ${"u".repeat(length / 16)}\r\n\r\n`;
  return Buffer.from(start + fields + userAgent);
}

describe("R31 the work is linear in the head's length", () => {
  it.for([1000, 2000, 4000, 8000])("a head of about %d bytes, byte by byte", (length) => {
    const head = headOf(length);
    const { buffer, reads } = counting(head);
    const parser = new HeadParser(limits);
    const cursor = new ParseCursor();
    cursor.rewind(0);
    for (let end = 1; end < head.length; end += 1) {
      expect(parser.resume(cursor, buffer, end)).toBe("incomplete");
    }
    expect(parser.resume(cursor, buffer, head.length)).toBe("complete");
    // The byte that stops a scan is looked at twice; the copy to a larger buffer and the last look add one each.
    expect(reads()).toBeLessThan(head.length * 3);
  });

  it("a byte of a partial head is copied a bounded number of times", () => {
    const head = headOf(8000);
    const { connection, statistics, channel } = fakeConnection();
    let allocated = 0;
    let before = 0;
    for (const byte of head) {
      connection.read(Buffer.from([byte]));
      if (statistics.bufferedBytes > before) allocated += statistics.bufferedBytes;
      before = statistics.bufferedBytes;
    }
    expect(channel.records).toHaveLength(1);
    // Each growth copies less than what it allocates, and the sizes double.
    expect(allocated).toBeLessThan(head.length * 4);
    expect(statistics.bufferedBytes).toBe(0);
  });

  it("a small partial head holds little memory", () => {
    const parser = new HeadParser(limits);
    const slab = Buffer.alloc(65_536, "GET / HTTP/1.1\r\n");
    const input = slab.subarray(0, 16);
    parser.parse(input, 0, 16);
    const partial = new PartialHead(parser.cursor, input, 0, input.length);
    expect(partial.input.capacity).toBe(256);
    expect(partial.input.bytes.buffer.byteLength).toBe(256);
  });
});

describe("the parser", () => {
  it("looks at no byte behind the head", () => {
    for (const { input, title } of cases) {
      const bytes = Buffer.from(input, "latin1");
      const parser = new HeadParser(limits);
      if (parser.parse(bytes, 0, bytes.length) !== "complete") continue;
      const counted = counting(Buffer.concat([bytes, Buffer.from("GET / HTTP/1.1\r\n")]));
      const { end } = parser.head;
      expect(parser.parse(counted.buffer, 0, bytes.length + 16), title).toBe("complete");
      expect(counted.last(), title).toBeLessThan(end);
    }
  });

  it("says the same of a head wherever it lies in a buffer", () => {
    const parser = new HeadParser(limits);
    const input = Buffer.from("GET /p?q HTTP/1.1\r\nHost: h:1\r\nCookie: a\r\nCookie: b\r\n\r\n");
    for (const shift of [0, 1, 17, 4096]) {
      const bytes = Buffer.concat([Buffer.alloc(shift, "x"), input]);
      expect(parser.parse(bytes, shift, bytes.length)).toBe("complete");
      const { head } = parser;
      const text = (start: number, end: number): string => bytes.toString("latin1", start, end);
      expect(text(head.pathStart, head.pathEnd)).toBe("/p");
      expect(text(head.queryStart, head.targetEnd)).toBe("q");
      expect(text(head.hostStart, head.hostEnd)).toBe("h:1");
      expect(text(head.cookies[2]!, head.cookies[3]!)).toBe("b");
      expect(head.end).toBe(bytes.length);
    }
  });
});

/** Bytes that are likely to be almost a request. */
const almostRequests = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "GET ",
        "HEAD ",
        "POST ",
        "/",
        "/p?q",
        "*",
        "http://h/",
        " HTTP/1.1",
        " HTTP/1.0",
        "\r\n",
        "\r",
        "\n",
        "\r\n\r\n",
        "Host: h\r\n",
        "Host: ",
        "Cookie: a\r\n",
        "Content-Length: 0\r\n",
        "Content-Length: ",
        "5",
        "Connection: close\r\n",
        "Connection: keep-alive\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Expect: 100-continue\r\n",
        "X: y\r\n",
        ": ",
        " ",
        "\t",
        "#",
        "GET / HTTP/1.1\r\nHost: h\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
      ),
      fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
    ),
    { maxLength: 30 },
  )
  .map((parts) => Buffer.from(parts.join(""), "latin1"));

function run(pieces: readonly Buffer[]): object {
  const { connection, socket, channel, statistics } = fakeConnection();
  for (const piece of pieces) connection.read(piece);
  const served = socket.statuses.filter((status) => status === 204).length;
  expect(channel.records).toHaveLength(served);
  expect(statistics).toMatchObject({ requestsActive: 0, served, records: served });
  connection.closed();
  expect(statistics.bufferedBytes).toBe(0);
  return { written: socket.written, isEnded: socket.isEnded, events: channel.events };
}

describe("properties", () => {
  it("random bytes never throw, and there is one record for each 204", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(run([Buffer.from(bytes)])).toHaveProperty("isEnded");
      }),
      { numRuns: 500 },
    );
  });

  it("nor do bytes that are almost a request, and cuts change nothing", () => {
    fc.assert(
      fc.property(almostRequests, fc.array(fc.nat(400), { maxLength: 6 }), (bytes, cuts) => {
        const whole = run([bytes]);
        const places = [
          0,
          ...cuts.filter((cut) => cut < bytes.length).sort((one, other) => one - other),
          bytes.length,
        ];
        const pieces = places.slice(1).map((place, index) => bytes.subarray(places[index], place));
        expect(run(pieces.filter((piece) => piece.length > 0))).toEqual(whole);
      }),
      { numRuns: 1000 },
    );
  });

  it("what is accepted is recorded byte for byte", () => {
    const text = fc.string({
      unit: fc.constantFrom(...Array.from("abcXYZ019-._~:/?@!$&'()*+,;=%[]")),
      maxLength: 60,
    });
    const value = fc
      .string({ unit: fc.constantFrom(...Array.from('abc XYZ\t"#<>é€😀{}|')), maxLength: 60 })
      .map((raw) => raw.replace(/^[ \t]+|[ \t]+$/g, ""));
    const optional = fc.option(value, { nil: null });
    fc.assert(
      fc.property(
        fc.record({
          target: text,
          referer: optional,
          userAgent: optional,
          cookies: fc.array(value, { maxLength: 3 }),
        }),
        ({ target, referer, userAgent, cookies }) => {
          const { connection, channel, socket } = fakeConnection();
          const lines = [`GET /${target} HTTP/1.1`, "Host: h"];
          if (referer !== null) lines.push(`Referer: ${referer}`);
          for (const cookie of cookies) lines.push(`Cookie:${cookie}`);
          if (userAgent !== null) lines.push(`User-Agent:\t${userAgent} `);
          connection.read(Buffer.from(`${lines.join("\r\n")}\r\n\r\n`));
          expect(socket.statuses).toEqual([204]);
          const mark = target.indexOf("?");
          expect(channel.events).toEqual([
            {
              timestamp: Date.UTC(2026, 0, 1),
              ip: "192.0.2.7",
              host: "h",
              requestPath: `/${mark < 0 ? target : target.slice(0, mark)}`,
              queryString: mark < 0 ? null : target.slice(mark + 1),
              referer,
              userAgent,
              cookies: cookies.length === 0 ? null : cookies.join("; "),
            },
          ]);
        },
      ),
      { numRuns: 300 },
    );
  });
});

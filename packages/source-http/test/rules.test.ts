import { accessLogEvent } from "@sewer/writable";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { titledCases } from "./support/cases.ts";
import { Client } from "./support/client.ts";
import { fakeConnection } from "./support/fake-socket.ts";
import { openSource, startSource, stopSource, type OpenSource } from "./support/open-source.ts";

const probe = "GET /probe HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n";
/** Longer input is cut at fewer places: its length, not its parts, is what it is about. */
const cutEverywhereBytesMax = 600;

/** What came of `pieces` on a connection whose cuts are exactly these. */
function outcomeOf(pieces: readonly Buffer[]): object {
  const { socket, channel, connection, statistics } = fakeConnection();
  for (const piece of pieces) {
    if (!socket.isDestroyed) connection.read(piece);
  }
  const { refused, records, bufferedBytes } = statistics;
  return {
    // An interim answer is sent only when nothing of the body is here yet: that may depend on the cut.
    statuses: socket.statuses.filter((status) => status !== 100),
    isEnded: socket.isEnded,
    written: socket.written.replaceAll("HTTP/1.1 100 Continue\r\n\r\n", ""),
    records: channel.records.map((record) => record.toString("latin1")),
    refused,
    counted: records,
    bodyBytes: statistics.bodyBytes,
    bufferedBytes: socket.isEnded ? bufferedBytes : 0,
  };
}

function cutsOf(input: Buffer): number[] {
  const step = input.length <= cutEverywhereBytesMax ? 1 : Math.ceil(input.length / 200);
  return Array.from({ length: Math.floor((input.length - 1) / step) }, (_, index) => (index + 1) * step);
}

describe("rules of docs/specs/http.md", () => {
  let open: OpenSource;
  beforeAll(async () => {
    open = await startSource();
  });
  afterAll(() => stopSource(open));

  it.for(titledCases)("%s", async ([, wanted]) => {
    const { port, channel, source } = open;
    const refusedBefore = { ...source.statistics.refused };
    channel.records.length = 0;
    const client = await Client.open(port);
    client.send(wanted.input);
    await client.answered(wanted.statuses.length);
    client.send(probe);
    await client.ended();
    const served = wanted.statuses.filter((status) => status === 204).length;
    expect(client.statuses).toEqual(wanted.closes ? wanted.statuses : [...wanted.statuses, 204]);
    expect(channel.records.length).toBe(wanted.closes ? served : served + 1);
    expect(client.answers.at(-1)).toContain("\r\nConnection: close");
    if (wanted.reason !== undefined) refusedBefore[wanted.reason] += 1;
    expect(source.statistics.refused).toEqual(refusedBefore);
    expect(channel.events[0] ?? {}).toMatchObject(wanted.event ?? {});
  });
});

describe("R1 the outcome does not depend on where the input is cut", () => {
  it.for(titledCases)("%s", ([, wanted]) => {
    const input = Buffer.from(wanted.input, "latin1");
    const whole = outcomeOf([input]);
    expect(whole).toMatchObject({ statuses: wanted.statuses, isEnded: wanted.closes });
    for (const cut of cutsOf(input)) {
      expect(outcomeOf([input.subarray(0, cut), input.subarray(cut)]), `cut at ${cut}`).toEqual(whole);
    }
    const bytes = Array.from(input, (_, index) => input.subarray(index, index + 1));
    expect(outcomeOf(bytes), "byte by byte").toEqual(whole);
  });

  it("R1 on a real socket, each byte in a read of its own", async () => {
    const { port, channel } = await openSource();
    const client = await Client.open(port);
    const input = "GET /p?q HTTP/1.1\r\nHost: h\r\nUser-Agent: x\r\nCookie: a\r\n\r\n";
    for (const byte of input) {
      client.send(byte);
      // Client and server share this event loop: after two turns the byte is read.
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    }
    await client.answered(1);
    expect(client.statuses).toEqual([204]);
    expect(accessLogEvent.decodeRecord(channel.records[0]!)).toMatchObject({
      queryString: "q",
      cookies: "a",
    });
  });
});

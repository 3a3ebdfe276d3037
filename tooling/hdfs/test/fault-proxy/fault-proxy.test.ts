import { ManualClock } from "@sewer/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FaultProxy } from "../../src/index.ts";
import { RawClient } from "../raw-client.ts";
import { RecordingServer } from "./recording-server.ts";

let server: RecordingServer;
let proxy: FaultProxy;
let clock: ManualClock;

beforeEach(async () => {
  clock = new ManualClock();
  server = await RecordingServer.start();
  proxy = await FaultProxy.start(server.url, { clock });
});

afterEach(async () => {
  await proxy.close();
  server.close();
});

const rename = "PUT /webhdfs/v1/a%20b?op=RENAME&destination=/c HTTP/1.1\r\nContent-Length: 0\r\n\r\n";
const stat = "GET /webhdfs/v1/c?op=GETFILESTATUS HTTP/1.1\r\n\r\n";
const uploadHead = "PUT /webhdfs/v1/up?op=CREATE HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
const upload = `${uploadHead}5\r\nhello\r\n0\r\n\r\n`;
const done = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone";

function client(): RawClient {
  return new RawClient(proxy.port);
}

test("without a fault every byte goes through, request by request on one connection", async () => {
  const raw = client();
  await raw.send(rename).until("done");
  raw.received = "";
  await raw.send(stat).until("done");
  expect(raw.received).toBe(done);
  expect(server.connections.map(({ received }) => received)).toEqual([rename + stat]);
  expect(proxy.seen.map(({ method, op, path }) => [method, op, path])).toEqual([
    ["PUT", "RENAME", "/a b"],
    ["GET", "GETFILESTATUS", "/c"],
  ]);
  expect(proxy.seen[0]?.query.get("destination")).toBe("/c");
  raw.leave("fin");
  await server.until(() => server.connections[0]?.ended === "fin");
});

test("a client that resets its connection is reset towards the server", async () => {
  const raw = client();
  await raw.send(rename).until("done");
  raw.leave("rst");
  await server.until(() => server.connections[0]?.ended !== undefined);
  expect(server.connections[0]?.ended).toBe("rst");
});

test("an end of the server's is passed on: in order, by a reset, because it is not there", async () => {
  const first = client();
  await first.send(rename).until("done");
  server.connections[0]?.socket.end();
  expect(await first.end()).toBe("fin");
  const second = client();
  await second.send(rename).until("done");
  server.connections[1]?.socket.resetAndDestroy();
  expect(await second.end()).toBe("rst");
  server.close();
  expect(await client().send(rename).end()).toBe("rst");
});

test("cut of a request by fin: the server has exactly so many bytes", async () => {
  proxy.on({ op: "CREATE" }, { kind: "cut", side: "request", afterBytes: 4 });
  server.answer = "";
  expect(await client().send(upload).end()).toBe("fin");
  await server.until(() => server.connections[0]?.ended !== undefined);
  expect(server.connections[0]).toMatchObject({ ended: "fin", received: `${uploadHead}5\r\nh` });
});

test("cut of a request by rst", async () => {
  proxy.on({ op: "CREATE" }, { kind: "cut", side: "request", afterBytes: 4, how: "rst" });
  server.answer = "";
  expect(await client().send(upload).end()).toBe("rst");
  await server.until(() => server.connections[0]?.ended !== undefined);
  expect(server.connections[0]?.ended).toBe("rst");
});

test("cut of a request counted from its first byte, and at its very end", async () => {
  proxy.on({}, { kind: "cut", side: "request", afterBytes: 7, from: "head" });
  expect(await client().send(upload).end()).toBe("fin");
  await server.until(() => server.connections[0]?.ended === "fin");
  expect(server.connections[0]?.received).toBe(upload.slice(0, 7));
  proxy.on({}, { kind: "cut", side: "request", afterBytes: 0 });
  server.answer = "";
  expect(await client().send(rename).end()).toBe("fin");
  await server.until(() => server.connections[1]?.ended === "fin");
  expect(server.connections[1]?.received).toBe(rename);
});

test("a cut beyond the end of a message is none", async () => {
  const cut = proxy.on({}, { kind: "cut", side: "answer", afterBytes: 5 });
  expect(await client().send(rename).until("done")).toBe(done);
  expect(cut.hits).toEqual([]);
});

test("cut of an answer, by fin and by rst", async () => {
  proxy.on({ nth: 1 }, { kind: "cut", side: "answer", afterBytes: 2 });
  const first = client().send(rename);
  expect(await first.end()).toBe("fin");
  expect(first.received).toBe(done.slice(0, -2));
  proxy.on({}, { kind: "cut", side: "answer", afterBytes: 2, how: "rst" });
  expect(await client().send(rename).end()).toBe("rst");
});

test("interim answers are no answers: 100 goes through, what follows is swallowed", async () => {
  server.answer = `HTTP/1.1 100 Continue\r\n\r\n${done}`;
  const swallowed = proxy.on({ op: "CREATE" }, { kind: "swallow" });
  const raw = client().send(upload);
  expect(await raw.end()).toBe("fin");
  expect(raw.received).toBe("HTTP/1.1 100 Continue\r\n\r\n");
  expect(swallowed.hits).toEqual([proxy.seen[0]]);
});

test("swallowed into silence: the client hears nothing, its connection stays", async () => {
  const swallowed = proxy.on({}, { kind: "swallow", how: "silence" });
  const raw = client().send(rename);
  await swallowed.hit();
  server.connections[0]?.socket.end();
  await server.until(() => server.connections[0]?.received === rename);
  expect(raw.received).toBe("");
  await proxy.close();
  // Only now, and the client had nothing but this.
  await raw.end();
  expect(raw.received).toBe("");
});

test("silence on a request: the server gets no more and does not learn that the client is gone", async () => {
  const cut = proxy.on({}, { kind: "cut", side: "request", afterBytes: 4, how: "silence" });
  server.answer = "";
  const raw = client().send(upload);
  await cut.hit();
  raw.leave("rst");
  await server.until(() => server.connections[0]?.received === `${uploadHead}5\r\nh`);
  const other = client();
  server.answer = done;
  await other.send(rename).until("done");
  expect(server.connections[0]).toMatchObject({ received: `${uploadHead}5\r\nh`, ended: undefined });
});

test("whoever sends into silence gets stuck", async () => {
  const body = "x".repeat(32 << 20);
  const head = `PUT /webhdfs/v1/up?op=CREATE HTTP/1.1\r\nContent-Length: ${body.length}\r\n\r\n`;
  const cut = proxy.on({}, { kind: "cut", side: "request", afterBytes: 4, how: "silence" });
  const raw = client().send(head + body);
  await cut.hit();
  // As much as goes through elsewhere meanwhile.
  client().send(head + body);
  await server.until(() => server.connections[1]?.received.length === head.length + body.length);
  expect(raw.stuckBytes).toBeGreaterThan(0);
});

test.each(["fin", "rst"] as const)(
  "a held request is done after release(), its client gone by %s",
  async (how) => {
    const hold = proxy.on({ op: "RENAME" }, { kind: "hold" });
    const raw = client();
    await raw.send(stat).until("done");
    raw.send(rename);
    await hold.hit();
    raw.leave(how);
    await client().send(stat).until("done");
    expect(server.connections.map(({ received }) => received)).toEqual([stat, stat]);
    hold.release();
    await server.until(() => server.connections.length === 3 && server.connections[2]?.received === rename);
  },
);

test("a held request is not followed by the reset of its client before it is answered", async () => {
  const hold = proxy.on({ op: "RENAME" }, { kind: "hold" });
  const raw = client().send(rename);
  await hold.hit();
  raw.leave("rst");
  server.answer = "";
  hold.release();
  await server.until(() => server.connections[0]?.received === rename);
  server.answer = done;
  await client().send(stat).until("done");
  expect(server.connections[0]?.ended).toBeUndefined();
  server.connections[0]?.socket.write(done);
  await server.until(() => server.connections[0]?.ended !== undefined);
});

test("the answer to a held request may be long though its client is gone", async () => {
  const hold = proxy.on({ op: "RENAME" }, { kind: "hold" });
  server.answer = `HTTP/1.1 200 OK\r\nContent-Length: 4000000\r\n\r\n${"x".repeat(4_000_000)}`;
  const raw = client().send(rename);
  await hold.hit();
  raw.leave("fin");
  hold.release();
  await server.until(() => server.connections[0]?.ended !== undefined);
  expect(server.connections[0]?.received).toBe(rename);
});

test("a held request is answered when its client waited, and release() disarms", async () => {
  const hold = proxy.on({ op: "RENAME", times: 9 }, { kind: "hold" });
  const raw = client().send(rename);
  await hold.hit();
  hold.release();
  expect(await raw.until("done")).toBe(done);
  await raw.send(rename).until(done + done);
});

test("a held answer comes after release()", async () => {
  const hold = proxy.on({}, { kind: "hold", side: "answer" });
  const raw = client().send(rename);
  await hold.hit();
  await server.until(() => server.connections[0]?.received === rename);
  expect(raw.received).toBe("");
  hold.release();
  expect(await raw.until("done")).toBe(done);
});

test.each(["request", "answer"] as const)("a delay of the %s, by the clock", async (side) => {
  const delay = proxy.on({}, { kind: "delay", ms: 1000, side });
  const raw = client().send(rename);
  await delay.hit();
  clock.advance(999);
  await client().send(stat).until("done");
  expect(raw.received).toBe("");
  clock.advance(1);
  expect(await raw.until("done")).toBe(done);
});

test("a throttle lets so many bytes a second through", async () => {
  server.answer = `HTTP/1.1 200 OK\r\n\r\n${"x".repeat(1000 - 19)}`;
  const throttle = proxy.on({}, { kind: "throttle", bytesPerSecond: 100, side: "answer" });
  const raw = client().send(rename);
  await throttle.hit();
  const startMs = clock.monotonic();
  while (raw.received.length < 1000) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.runNext();
  }
  expect(clock.monotonic() - startMs).toBeGreaterThanOrEqual(9900);
});

test("a fault strikes the nth request that fits, and so many from there on", async () => {
  const fault = proxy.on(
    { method: "PUT", op: "RENAME", path: /^\/a/g, nth: 2, times: 2 },
    { kind: "cut", side: "request", afterBytes: 0, from: "head" },
  );
  const ends: string[] = [];
  for (const request of [rename, stat, rename.replace("/a", "/b"), rename, rename, rename]) {
    const raw = client().send(request);
    ends.push(
      await raw.until("done").then(
        () => "done",
        () => raw.end(),
      ),
    );
  }
  expect(ends).toEqual(["done", "done", "done", "fin", "fin", "done"]);
  expect(fault.hits).toHaveLength(2);
});

test("of several faults the one armed first strikes; clear() drops them", async () => {
  const first = proxy.on({}, { kind: "hold" });
  const second = proxy.on({ times: 2 }, { kind: "swallow" });
  const raw = client().send(rename);
  await first.hit();
  expect(await client().send(rename).end()).toBe("fin");
  proxy.clear();
  await raw.until("done");
  await client().send(rename).until("done");
  expect([first.hits.length, second.hits.length]).toEqual([1, 1]);
});

test("refuse() refuses, and leaves open what is open, until accept()", async () => {
  const open = client();
  await open.send(rename).until("done");
  await proxy.refuse();
  expect(await client().send(rename).end()).toBe("rst");
  await open.send(rename).until(done + done);
  await proxy.accept();
  await client().send(rename).until("done");
  expect(server.connections).toHaveLength(2);
});

test.each(["fin", "rst"] as const)("cutAll(%s) ends every open connection", async (how) => {
  const [one, two] = [client(), client()];
  await Promise.all([one.send(rename).until("done"), two.send(rename).until("done")]);
  proxy.cutAll(how);
  expect(await Promise.all([one.end(), two.end()])).toEqual([how, how]);
  await server.until(() => server.connections.every(({ ended }) => ended === how));
});

test("more connections than the bound are reset", async () => {
  await proxy.close();
  proxy = await FaultProxy.start(server.url, { connectionsMax: 1 });
  const raw = client();
  await raw.send(rename).until("done");
  expect(await client().send(rename).end()).toBe("rst");
  await raw.send(rename).until(done + done);
});

test("a server that is not on this machine is refused", async () => {
  await expect(FaultProxy.start("http://192.0.2.1:9870")).rejects.toThrow(/not on this machine/);
});

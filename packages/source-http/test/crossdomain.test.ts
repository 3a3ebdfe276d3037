import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { fakeConnection } from "./support/fake-socket.ts";

const request = (fields = "", target = "/crossdomain.xml", method = "GET", version = "1.1"): Buffer =>
  Buffer.from(`${method} ${target} HTTP/${version}\r\nHost: h\r\n${fields}\r\n`);
const next = request("", "/next");

function answered(...parts: Buffer[]): { head: string; body: Buffer; paths: string[]; isEnded: boolean } {
  const { connection, socket, channel, statistics } = fakeConnection({}, { crossdomain: true });
  const bytes: Buffer[] = [];
  socket.write = (piece) => {
    bytes.push(piece);
    return true;
  };
  connection.read(Buffer.concat(parts));
  expect(statistics.requestsActive).toBe(0);
  const all = Buffer.concat(bytes);
  const end = all.indexOf("\r\n\r\n") + 4;
  return {
    head: all.toString("latin1", 0, end),
    body: all.subarray(end),
    paths: channel.paths,
    isEnded: socket.isEnded,
  };
}

describe("/crossdomain.xml, with crossdomain", () => {
  it("is served and never recorded; the connection goes on", () => {
    const { head, body, paths } = answered(request(), next);
    expect(head).toMatch(
      /^HTTP\/1.1 200 OK\r\nDate: .*\r\nCache-Control: max-age=315360000, public\r\nLast-Modified: /,
    );
    const length = Number(/Content-Length: (\d+)/.exec(head)?.[1]);
    expect(body.toString("latin1", 0, length)).toMatch(
      /^<\?xml .*<allow-access-from domain="\*".*<\/cross-domain-policy>$/,
    );
    expect(body.toString("latin1", length)).toMatch(/^HTTP\/1.1 204 /);
    expect(paths).toEqual(["/next"]);
  });

  it.for<[string, boolean]>([
    ["gzip, deflate", true],
    ["x-gzip", true],
    ["*", true],
    ["GZIP;q=0.1", true],
    ["gzip;q=0", false],
    ["gzip; q=0.0, *", false],
    ["deflate", false],
    ["", false],
    ["gzip;q=x", false],
  ])("Accept-Encoding: %s: gzip %s", ([value, isGzip]) => {
    const { head, body } = answered(request(`Accept-Encoding: ${value}\r\n`));
    expect(head.includes("Content-Encoding: gzip")).toBe(isGzip);
    expect(head).toContain(`Content-Length: ${body.length}\r\n`);
    expect((isGzip ? gunzipSync(body) : body).toString()).toContain("cross-domain-policy");
  });

  it.for<[string, number]>([
    ["Wed, 01 Jan 2014 00:00:00 GMT", 304],
    ["Sat, 01 Jan 2000 00:00:00 GMT", 304],
    ["Thu, 01 Jan 1981 00:00:00 GMT", 200],
    ["yesterday", 200],
    ["", 200],
  ])("If-Modified-Since: %s: %i", ([value, status]) => {
    const { head, body } = answered(request(`If-Modified-Since: ${value}\r\n`));
    expect(head).toContain(`HTTP/1.1 ${status} `);
    expect(body.length === 0).toBe(status === 304);
  });

  it("HEAD has no body, a query changes nothing, 1.0 closes", () => {
    expect(answered(request("", "/crossdomain.xml", "HEAD")).body).toHaveLength(0);
    expect(answered(request("", "/crossdomain.xml?x=1")).head).toContain(" 200 ");
    const old = answered(request("", "/crossdomain.xml", "GET", "1.0"));
    expect(old.head).toContain("Connection: close");
    expect(old.isEnded).toBe(true);
  });

  it("R19 with a body it closes: the body is never the next request", () => {
    const { head, paths, isEnded } = answered(request(`Content-Length: ${next.length}\r\n`), next);
    expect(head).toContain("Connection: close");
    expect(isEnded).toBe(true);
    expect(paths).toEqual([]);
  });

  it("other paths are recorded, and by default this one too", () => {
    expect(answered(request("", "/crossdomain.xml/"), request("", "/Crossdomain.xml")).paths).toHaveLength(2);
    const { connection, channel } = fakeConnection();
    connection.read(request());
    expect(channel.paths).toEqual(["/crossdomain.xml"]);
  });

  it("its answer waits for its turn", () => {
    const { connection, socket, channel } = fakeConnection({}, { crossdomain: true });
    channel.isLagging = true;
    connection.read(Buffer.concat([next, request(), next]));
    expect(socket.written).toBe("");
    channel.makeDurable();
    expect(socket.statuses[0]).toBe(204);
    expect(socket.written).toMatch(/204[^]*200 OK[^]*<\/cross-domain-policy>HTTP\/1.1 204/);
  });
});

import { isIP } from "node:net";
import { describe, expect, it } from "vitest";
import type { HttpSourceOptions } from "../src/index.ts";
import { Client } from "./support/client.ts";
import { fakeConnection } from "./support/fake-socket.ts";
import { openSource } from "./support/open-source.ts";

/** The peer of a fake connection is 192.0.2.7. */
const trusting: Partial<HttpSourceOptions> = {
  trustedProxies: ["192.0.2.0/24", "2001:db8::/32", "10.0.0.1"],
};
const get = (fields: readonly string[]): Buffer =>
  Buffer.from(`GET /p HTTP/1.1\r\nHost: h\r\n${fields.map((line) => `${line}\r\n`).join("")}\r\n`, "latin1");

function recorded(
  fields: readonly string[],
  options: Partial<HttpSourceOptions> = {},
): { ip: string; host: string } {
  const { connection, channel, socket } = fakeConnection({}, { ...trusting, ...options });
  connection.read(get(fields));
  expect(socket.statuses).toEqual([204]);
  const { ip, host } = channel.events[0]!;
  return { ip, host };
}

const peer = "192.0.2.7";

describe("R36 X-Forwarded-For", () => {
  it.for<[string, string[], string]>([
    ["one address", ["203.0.113.1"], "203.0.113.1"],
    ["no field: the peer", [], peer],
    ["the rightmost that is not trusted", ["203.0.113.9, 203.0.113.1"], "203.0.113.1"],
    ["trusted hops are passed over", ["203.0.113.1, 192.0.2.99,10.0.0.1"], "203.0.113.1"],
    ["all trusted: the leftmost", ["192.0.2.1, 192.0.2.2"], "192.0.2.1"],
    ["fields are joined in order", ["203.0.113.1", "192.0.2.5"], "203.0.113.1"],
    ["fields are joined in order, the last counts first", ["203.0.113.1", "203.0.113.2"], "203.0.113.2"],
    ["blanks", [" \t203.0.113.1\t , \t192.0.2.5 "], "203.0.113.1"],
    ["with a port", ["203.0.113.1:4711"], "203.0.113.1"],
    ["IPv6", ["2001:DB9:0:0::1"], "2001:db9::1"],
    ["IPv6 in brackets", ["[2001:db9::1]"], "2001:db9::1"],
    ["IPv6 with a port", ["[2001:db9::1]:80"], "2001:db9::1"],
    ["a trusted IPv6", ["203.0.113.1, 2001:db8::5"], "203.0.113.1"],
    ["IPv4-mapped", ["::ffff:203.0.113.1"], "203.0.113.1"],
    ["IPv4-mapped in hex, trusted as IPv4", ["203.0.113.1, ::ffff:c000:205"], "203.0.113.1"],
    ["garbage: the peer", ["<script>"], peer],
    ["garbage behind a good hop: that hop", ["203.0.113.1, x, 192.0.2.5"], "192.0.2.5"],
    ["unknown", ["unknown"], peer],
    ["_hidden", ["203.0.113.1, _hidden"], peer],
    ["an empty element", ["203.0.113.1,,192.0.2.5"], "192.0.2.5"],
    ["an empty field", [""], peer],
    ["an empty field between", ["203.0.113.1", ""], peer],
    ["a leading zero", ["203.0.113.01"], peer],
    ["a number out of range", ["203.0.113.256"], peer],
    ["a zone", ["fe80::1%eth0"], peer],
    ["a port that is none", ["203.0.113.1:x"], peer],
    ["an open bracket", ["[2001:db9::1"], peer],
    ["a name", ["client.example"], peer],
    ["quotes", ['"203.0.113.1"'], peer],
    ["high bytes", ["203.0.113.1\xa0"], peer],
    ["31 trusted hops behind", [`203.0.113.1${", 192.0.2.5".repeat(31)}`], "203.0.113.1"],
    ["more than 32 hops", [`203.0.113.1${", 192.0.2.5".repeat(32)}`], "192.0.2.5"],
    ["more than 4 KiB", [`203.0.113.1,${" ".repeat(4096)}192.0.2.5`], peer],
  ])("R36 %s", ([, values, ip]) => {
    expect(recorded(values.map((value) => `X-Forwarded-For: ${value}`)).ip).toBe(ip);
  });

  it("R36 the other headers are not looked at", () => {
    const fields = ["X-Forwarded-For: 203.0.113.1", "X-Real-IP: 203.0.113.2", "Forwarded: for=203.0.113.3"];
    expect(recorded(fields).ip).toBe("203.0.113.1");
    expect(recorded(fields, { forwardedHeader: "X-Real-IP" }).ip).toBe("203.0.113.2");
    expect(recorded(fields, { forwardedHeader: "forwarded" }).ip).toBe("203.0.113.3");
    expect(recorded(["CF-Connecting-IP: 203.0.113.4"], { forwardedHeader: "cf-connecting-ip" }).ip).toBe(
      "203.0.113.4",
    );
  });

  it("R36 whatever the bytes, what is recorded is an address", () => {
    for (let byte = 0x20; byte < 0x100; byte += 1) {
      if (byte === 0x7f) continue;
      const { ip } = recorded([`X-Forwarded-For: 203.0.113.1${String.fromCharCode(byte)}5`]);
      expect(isIP(ip), ip).not.toBe(0);
    }
  });
});

describe("R36 Forwarded", () => {
  it.for<[string, string[], string]>([
    ["a pair", ["for=203.0.113.1"], "203.0.113.1"],
    ["For in any case, among others", ["proto=https;FOR=203.0.113.1;by=192.0.2.1"], "203.0.113.1"],
    ["quoted, with a port", ['for="203.0.113.1:80"'], "203.0.113.1"],
    ["quoted IPv6", ['for="[2001:db9::1]"'], "2001:db9::1"],
    ["quoted IPv6 with a port", ['for="[2001:db9::1]:4711";proto=http'], "2001:db9::1"],
    ["escapes in quotes", ['for="203.0.113\\.1"'], "203.0.113.1"],
    ["elements", ["for=203.0.113.9, for=203.0.113.1;by=x, for=192.0.2.5"], "203.0.113.1"],
    ["fields", ["for=203.0.113.1", "for=192.0.2.5"], "203.0.113.1"],
    ["a comma in quotes is none", ['by="a, for=203.0.113.9";for=203.0.113.1'], "203.0.113.1"],
    ["no for", ["proto=https"], peer],
    ["an element without for ends it", ["for=203.0.113.1, by=x, for=192.0.2.5"], "192.0.2.5"],
    ["unknown", ["for=unknown"], peer],
    ["_hidden", ["for=203.0.113.1, for=_x"], peer],
    ["a quote that does not end", ['for=192.0.2.5, for="203.0.113.1'], peer],
    ["a backslash at the end", ['for="203.0.113.1\\'], peer],
    ["no pair", ["203.0.113.1"], peer],
    ["a blank around =", ["for = 203.0.113.1"], peer],
    ["empty", [""], peer],
  ])("R36 %s", ([, values, ip]) => {
    const fields = values.map((value) => `Forwarded: ${value}`);
    expect(recorded(fields, { forwardedHeader: "Forwarded" }).ip).toBe(ip);
  });
});

describe("R35 who is believed", () => {
  it("R35 a peer outside of the networks is not", () => {
    expect(recorded(["X-Forwarded-For: 203.0.113.1"], { trustedProxies: ["192.0.3.0/24", "::/0"] }).ip).toBe(
      peer,
    );
    expect(recorded(["X-Forwarded-For: 203.0.113.1"], { trustedProxies: [] }).ip).toBe(peer);
  });

  it("R35 an IPv4 network trusts a peer of an IPv6 socket", async () => {
    const { port, channel } = await openSource({ host: "::ffff:127.0.0.1", trustedProxies: ["127.0.0.0/8"] });
    const client = await Client.open(port);
    client.send(get(["X-Forwarded-For: 203.0.113.1"]));
    await client.answered(1);
    expect(channel.events[0]!.ip).toBe("203.0.113.1");
  });

  it("R36 no address leaks from one request of a connection to the next", () => {
    const { connection, channel } = fakeConnection({}, { ...trusting, forwardedHost: true });
    const named = get(["X-Forwarded-For: 203.0.113.1", "X-Forwarded-Host: a.example"]);
    const post = Buffer.from(
      "POST /p HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 203.0.113.2\r\nContent-Length: 1\r\n\r\nx",
    );
    connection.read(Buffer.concat([named, get([]), post, get(["X-Forwarded-For: garbage"]), named]));
    expect(channel.events.map(({ ip, host }) => `${ip} ${host}`)).toEqual([
      "203.0.113.1 a.example",
      `${peer} h`,
      "203.0.113.2 h",
      `${peer} h`,
      "203.0.113.1 a.example",
    ]);
  });

  it("R1 a head that comes byte by byte gives the same address", () => {
    const { connection, channel } = fakeConnection({}, trusting);
    for (const byte of get(["X-Forwarded-For: 203.0.113.1", "X-Forwarded-For: 192.0.2.5"])) {
      connection.read(Buffer.from([byte]));
    }
    expect(channel.events[0]!.ip).toBe("203.0.113.1");
  });

  it("the header can be recorded as well", () => {
    const { connection, channel } = fakeConnection({}, { ...trusting, headers: ["x-forwarded-for"] });
    connection.read(get(["X-Forwarded-For: 203.0.113.1:1"]));
    expect(channel.extendedEvents[0]).toMatchObject({
      ip: "203.0.113.1",
      headers: [["x-forwarded-for", "203.0.113.1:1"]],
    });
  });
});

describe("R36 X-Forwarded-Host, with forwardedHost", () => {
  it.for<[string, string[], string]>([
    ["a host", ["a.example"], "a.example"],
    ["the port is cut", ["a.example:8080"], "a.example"],
    ["the last of a list", ["x.example, a.example"], "a.example"],
    ["the last field", ["x.example", "a.example"], "a.example"],
    ["IPv6", ["[2001:db8::1]:80"], "[2001:db8::1]"],
    ["none: Host", [], "h"],
    ["no valid host: Host", ["a/b"], "h"],
    ["empty: Host", [""], "h"],
  ])("R36 %s", ([, values, host]) => {
    const fields = values.map((value) => `X-Forwarded-Host: ${value}`);
    expect(recorded(fields, { forwardedHost: true }).host).toBe(host);
    expect(recorded(fields).host).toBe("h");
    expect(recorded(fields, { forwardedHost: true, trustedProxies: ["10.0.0.1"] }).host).toBe("h");
  });
});

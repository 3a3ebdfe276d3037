import { expect, test } from "vitest";
import { isAllowedHost } from "../../src/admin/allowed-host.ts";

const hostname = "box.example.com";

test.each([
  [undefined, true],
  ["localhost", true],
  ["LocalHost:7777", true],
  ["127.0.0.1:7777", true],
  ["127.9.9.9", true],
  ["[::1]:7777", true],
  ["evil.example:7777", false],
  ["127.0.0.1.evil.example", false],
  ["localhost.evil.example", false],
  ["127.evil", false],
  ["10.0.0.5:7777", false],
  ["box.example.com", false],
  ["", false],
])("bound to loopback, %j", (header, allowed) => {
  expect(isAllowedHost(header, { boundHost: "127.0.0.1", hostname })).toBe(allowed);
  expect(isAllowedHost(header, { boundHost: "localhost", hostname })).toBe(allowed);
});

test.each([
  ["localhost:7777", true],
  ["10.0.0.5:7777", true],
  ["[fe80::1]:7777", true],
  ["box.example.com:7777", true],
  ["BOX", true],
  ["evil.example", false],
])("bound to every address, %j", (header, allowed) => {
  expect(isAllowedHost(header, { boundHost: "0.0.0.0", hostname })).toBe(allowed);
});

test("a configured name", () => {
  expect(isAllowedHost("admin.internal:7777", { boundHost: "Admin.internal", hostname })).toBe(true);
});

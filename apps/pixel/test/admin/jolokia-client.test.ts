import Jolokia, { type IJolokiaSimple } from "@jolokia.js/simple";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { AdminServer } from "../../src/admin/admin-server.ts";
import { openAdmin, statisticsName } from "./support.ts";

let server: AdminServer;
let jolokia: IJolokiaSimple;

beforeEach(async () => {
  const open = await openAdmin();
  server = open.server;
  jolokia = new Jolokia(`${open.url}/jolokia`);
});

afterEach(() => server.close());

// A client that somebody else wrote, and speaks its own way: POST with text/json, GET with !%2F.
test("reads", async () => {
  expect(await jolokia.getAttribute(statisticsName, "requests")).toBe(70);
  expect(await jolokia.getAttribute(statisticsName, ["requests", "responses2xx"])).toEqual({
    requests: 70,
    responses2xx: 68,
  });
  expect(await jolokia.getAttribute("java.lang:type=Memory", "HeapMemoryUsage", "max")).toBe(-1);
  await expect(jolokia.getAttribute("no.such:type=x", "y")).rejects.toMatch(/InstanceNotFoundException/);
});

test("reads by GET, and many at once", async () => {
  const one = { type: "read", mbean: statisticsName, attribute: "requests" } as const;
  expect(await jolokia.request(one, { method: "get" })).toMatchObject({ status: 200, value: 70 });
  const all = { type: "read", mbean: statisticsName } as const;
  expect(await jolokia.request(all, { method: "get" })).toMatchObject({
    value: { expires: 0, requests: 70 },
  });
  expect(await jolokia.request([one, { type: "version" }])).toMatchObject([{ value: 70 }, { status: 200 }]);
});

test("searches and lists", async () => {
  expect(await jolokia.search("sewer:*")).toEqual([
    "sewer:name=pixel,type=Spool",
    "sewer:flow=pixel,name=main,type=Sink",
    "sewer:flow=pixel,name=main,type=Retry",
  ]);
  expect(await jolokia.list("sewer/name=pixel,type=Spool/attr/state")).toEqual({
    rw: false,
    type: "java.lang.String",
    desc: "state",
  });
  expect(Object.keys((await jolokia.list()) as object).sort()).toEqual([
    "java.lang",
    "jolokia",
    "org.eclipse.jetty.server",
    "org.eclipse.jetty.server.handler",
    "sewer",
  ]);
});

test("tells its version", async () => {
  expect(await jolokia.version()).toMatchObject({
    protocol: "7.2",
    info: { product: "sewer", version: "1.2.3" },
  });
});

test("executes statsReset, and cannot write", async () => {
  expect(await jolokia.execute(statisticsName, "statsReset")).toBeNull();
  expect(await jolokia.getAttribute(statisticsName, "requests")).toBe(0);
  await expect(jolokia.setAttribute(statisticsName, "requests", 1)).rejects.toMatch(/SecurityException/);
});

import type { JsonObject, JsonValue } from "@sewer/core";
import { ManualClock } from "@sewer/testkit";
import { describe, expect, test } from "vitest";
import { statisticsName, testJolokia } from "./support.ts";

const jolokia = testJolokia();
const none = { query: new URLSearchParams(), mayExec: true };

async function get(path: string, query = "", on = jolokia): Promise<JsonObject> {
  return (await on.get(path, { query: new URLSearchParams(query), mayExec: true })) as JsonObject;
}

async function post(body: JsonValue, on = jolokia): Promise<JsonObject> {
  return (await on.post(JSON.stringify(body), none)) as JsonObject;
}

describe("read by GET", async () => {
  const encoded = statisticsName.replaceAll(":", "%3A").replaceAll("=", "%3D").replaceAll(",", "%2C");

  test("as jmx4perl sends it", async () => {
    expect(await get(`/read/${encoded}/requests`)).toEqual({
      request: { mbean: statisticsName, attribute: "requests", type: "read" },
      value: 70,
      timestamp: 1_795_474_030,
      status: 200,
    });
  });

  test.each([
    statisticsName,
    encoded,
    encoded.toLowerCase(),
    "org.eclipse.jetty.server.handler:type=statisticshandler,id=0",
    "org.eclipse.jetty.server.handler%3Atype%3Dstatisticshandler%2Cid%3D0",
  ])("the bean is found as %s", async (name) => {
    const answer = await get(`/read/${name}/requests`);
    expect(answer).toMatchObject({ value: 70, status: 200 });
    expect((answer["request"] as JsonObject)["mbean"]).toBe(decodeURIComponent(name));
  });

  test.each(["", "/", "/*", "/%2A"])("all attributes: %j", async (end) => {
    const { value, request } = await get(`/read/${encoded}${end}`);
    expect(request).toEqual({ mbean: statisticsName, type: "read" });
    expect(value).toEqual({
      statsOnMs: 182_821,
      requests: 70,
      requestsActive: 1,
      requestsActiveMax: 3,
      requestTimeMax: 20,
      requestTimeTotal: 62,
      requestTimeMean: 0.8857142857142857,
      requestTimeStdDev: 2.4135186893347473,
      dispatched: 70,
      dispatchedActive: 1,
      dispatchedActiveMax: 3,
      dispatchedTimeMax: 20,
      dispatchedTimeTotal: 62,
      dispatchedTimeMean: 0.8857142857142857,
      dispatchedTimeStdDev: 2.4135186893347473,
      suspends: 0,
      suspendsActive: 0,
      suspendsActiveMax: 0,
      resumes: 0,
      expires: 0,
      responses1xx: 0,
      responses2xx: 68,
      responses3xx: 2,
      responses4xx: 0,
      responses5xx: 0,
      responsesBytesTotal: 0,
    });
  });

  test("several attributes", async () => {
    expect(await get(`/read/${encoded}/requests%2Cresponses2xx`)).toMatchObject({
      request: { attribute: ["requests", "responses2xx"] },
      value: { requests: 70, responses2xx: 68 },
    });
  });

  test("a step into a value", async () => {
    expect(await get("/read/java.lang:type=Memory/HeapMemoryUsage/used")).toMatchObject({
      request: { mbean: "java.lang:type=Memory", attribute: "HeapMemoryUsage", path: "used", type: "read" },
      value: expect.any(Number),
      status: 200,
    });
  });

  test("by the parameter p", async () => {
    expect(await get("/", `p=read/${encodeURIComponent(statisticsName)}/requests`)).toMatchObject({
      value: 70,
    });
  });

  test("escapes are undone after the percent signs", async () => {
    expect(await get("/read/a!/b:name=x!!y%21%2Fz/q")).toMatchObject({
      request: { mbean: "a/b:name=x!y/z", attribute: "q" },
      status: 404,
    });
  });
});

describe("read by POST", () => {
  test("the type in upper case", async () => {
    expect(await post({ type: "READ", mbean: statisticsName, attribute: "requests" })).toEqual({
      request: { mbean: statisticsName, attribute: "requests", type: "read" },
      value: 70,
      timestamp: 1_795_474_030,
      status: 200,
    });
  });

  test("a list of requests gets a list of answers, errors in their places", async () => {
    const answers = (await post([
      { type: "read", mbean: statisticsName, attribute: ["requests", "expires"] },
      { type: "read", mbean: "no.such:type=x" },
      { type: "version" },
      "nonsense",
    ])) as unknown as JsonObject[];
    expect(answers.map((answer) => answer["status"])).toEqual([200, 404, 200, 400]);
    expect(answers[0]).toMatchObject({ value: { requests: 70, expires: 0 } });
  });

  test("a path, and options in config or query", async () => {
    expect(
      await post({ type: "read", mbean: "java.lang:type=Memory", attribute: "HeapMemoryUsage", path: "max" }),
    ).toMatchObject({
      value: -1,
    });
    const attribute = ["requests", "nope"];
    const request = { type: "read", mbean: statisticsName, attribute };
    const lenient = { requests: 70, nope: "ERROR: javax.management.AttributeNotFoundException : nope" };
    expect(await post({ ...request, config: { ignoreErrors: true, maxDepth: 6 } })).toMatchObject({
      value: lenient,
    });
    const query = new URLSearchParams("ignoreErrors=true&unknown=1");
    expect(await jolokia.post(JSON.stringify(request), { ...none, query })).toMatchObject({ value: lenient });
    expect(await post(request)).toMatchObject({ status: 404 });
  });
});

describe("version", () => {
  test.each(["", "/", "/version", "/version/"])("GET %j", async (path) => {
    expect(await get(path)).toMatchObject({
      request: { type: "version" },
      value: { protocol: "7.2", config: {}, info: { product: "sewer", vendor: "Sewer", version: "1.2.3" } },
      status: 200,
    });
  });
});

describe("errors have the names that JMX clients know", () => {
  test.each([
    ["/read/no.such:type=x", 404, "javax.management.InstanceNotFoundException", "no.such:type=x"],
    [`/read/${statisticsName}/nope`, 404, "javax.management.AttributeNotFoundException", "nope"],
    [
      `/read/${statisticsName}/constructor`,
      404,
      "javax.management.AttributeNotFoundException",
      "constructor",
    ],
    [`/read/${statisticsName}/requests/x`, 404, "javax.management.AttributeNotFoundException", "requests/x"],
    ["/read/nonsense", 400, "javax.management.MalformedObjectNameException", "nonsense"],
    ["/read", 400, "javax.management.MalformedObjectNameException", "no mbean given"],
    ["/read/a:*", 404, "javax.management.InstanceNotFoundException", "a:*"],
    ["/read/java.lang:*/Uptime/x", 400, "java.lang.UnsupportedOperationException", ""],
    ["/notification/register", 400, "java.lang.UnsupportedOperationException", ""],
    ["/exec/a:b=c/op", 404, "javax.management.InstanceNotFoundException", "a:b=c"],
    ["/exec/java.lang:type=Memory/gc", 400, "java.lang.IllegalArgumentException", "no operation gc on"],
    ["/exec/java.lang:type=Memory/toString", 400, "java.lang.IllegalArgumentException", "no operation"],
    [`/exec/${statisticsName}/statsReset/1`, 400, "java.lang.IllegalArgumentException", "statsReset takes 0"],
    [`/write/${statisticsName}/requests/0`, 403, "java.lang.SecurityException", "nothing can be written"],
    ["/search/nonsense", 400, "javax.management.MalformedObjectNameException", "nonsense"],
    ["/list/no.such", 404, "javax.management.InstanceNotFoundException", "no.such"],
    ["/list/java.lang/type=Memory/attr/constructor", 404, "javax.management.InstanceNotFoundException", ""],
    ["/read/%ff", 400, "java.lang.IllegalArgumentException", ""],
  ])("%s", async (path, status, type, message) => {
    expect(await get(path)).toMatchObject({
      status,
      error_type: type,
      error: expect.stringContaining(`${type} : ${message}`),
    });
  });

  test.each(["", "{", "[]x", "3", "null", '{"mbean":"x"}', '{"type":"read","mbean":"a:b=c","attribute":7}'])(
    "POST %j",
    async (body) => {
      expect(await jolokia.post(body, none)).toMatchObject({
        status: 400,
        error_type: "java.lang.IllegalArgumentException",
      });
    },
  );

  test("too many requests in one POST", async () => {
    expect(
      await jolokia.post(JSON.stringify(Array.from({ length: 1001 }, () => ({ type: "version" }))), none),
    ).toMatchObject({
      status: 400,
    });
  });
});

describe("search", () => {
  test.each([
    ["org.eclipse.jetty.*:*", [statisticsName, "org.eclipse.jetty.server:id=0,type=server"]],
    ["*:type=server,id=0", ["org.eclipse.jetty.server:id=0,type=server"]],
    ["*:id=0,type=server,*", ["org.eclipse.jetty.server:id=0,type=server"]],
    ["*:type=Sink,*", ["sewer:flow=pixel,name=main,type=Sink"]],
    ["sewer:type=S?ool,*", ["sewer:name=pixel,type=Spool"]],
    ["java.lang:type=Mem*", ["java.lang:type=Memory"]],
    ["java.lang:type=Memory", ["java.lang:type=Memory"]],
    ["*:type=Sink", []],
    ["no.such:*", []],
  ])("%s", async (pattern, names) => {
    const { value, status } = await get(`/search/${pattern}`);
    expect({ value, status }).toEqual({ value: names, status: 200 });
  });

  test("by the parameter p, as jmx4perl sends what holds a question mark", async () => {
    expect(await get("/", "p=search/java.lang:type=R?ntime")).toMatchObject({
      request: { mbean: "java.lang:type=R?ntime", type: "search" },
      value: ["java.lang:type=Runtime"],
    });
  });

  test("a pattern made of stars takes no time", async () => {
    const pattern = `${"*a".repeat(2000)}:*`;
    expect(await get(`/search/${pattern}`)).toMatchObject({ value: [] });
  });
});

describe("read of a pattern", () => {
  test("gives beans by name", async () => {
    const { value } = await get("/read/sewer:type=Retry,*");
    expect(value).toEqual({
      "sewer:flow=pixel,name=main,type=Retry": {
        breaker: "open",
        waiting: 3,
        retrying: 2,
        running: 1,
        nextAttemptMs: null,
      },
    });
  });

  test("of an attribute: those beans that have it", async () => {
    const { value } = await get("/read/java.lang:*/Name");
    expect(Object.keys(value as JsonObject)).toEqual([
      "java.lang:type=Runtime",
      "java.lang:type=OperatingSystem",
    ]);
  });
});

describe("list", () => {
  test("has of a bean what jmx4perl knows, and nothing else", async () => {
    const { value, request } = await get("/list/");
    expect(request).toEqual({ type: "list" });
    const beans = Object.values(value as Record<string, JsonObject>).flatMap((domain) =>
      Object.values(domain),
    );
    expect(beans.length).toBeGreaterThan(10);
    for (const bean of beans) {
      expect(Object.keys(bean as JsonObject).sort()).toEqual(["attr", "class", "desc", "op"]);
    }
    expect(JSON.stringify(Object.values(value as object).flatMap(Object.keys))).not.toContain("/");
  });

  test("of a domain, a bean in any order of its properties, and further in", async () => {
    const domain = "org.eclipse.jetty.server.handler";
    expect(Object.keys((await get(`/list/${domain}`))["value"] as object)).toEqual([
      "id=0,type=statisticshandler",
    ]);
    const path = `${domain}/type=statisticshandler,id=0`;
    expect(await get(`/list/${path}/attr/requests`)).toMatchObject({
      request: { path: `${path}/attr/requests`, type: "list" },
      value: { rw: false, type: "int" },
    });
    expect(await get(`/list/${path}/op/statsReset`)).toMatchObject({ value: { args: [], ret: "void" } });
  });

  test("maxDepth cuts with the text 1", async () => {
    expect((await get("/list", "maxDepth=1"))["value"]).toMatchObject({ "java.lang": "1", sewer: "1" });
    expect(await post({ type: "list", path: "java.lang", config: { maxDepth: "1" } })).toMatchObject({
      value: { "type=Memory": "1" },
    });
  });
});

describe("exec", () => {
  test("statsReset counts from 0 again", async () => {
    const own = testJolokia();
    const answer = await get(`/exec/${statisticsName}/statsReset`, "", own);
    expect(answer).toMatchObject({
      request: { mbean: statisticsName, operation: "statsReset", type: "exec" },
      value: null,
      status: 200,
    });
    expect(await get(`/read/${statisticsName}/requests`, "", own)).toMatchObject({ value: 0 });
  });

  test("in a POST, before a read of the same POST", async () => {
    const answers = await post(
      [
        { type: "EXEC", mbean: statisticsName, operation: "statsReset()", arguments: [] },
        { type: "read", mbean: statisticsName, attribute: "requests" },
      ],
      testJolokia(),
    );
    expect(answers).toMatchObject([{ status: 200 }, { value: 0 }]);
  });

  test("is refused to what a web page may have sent, also inside a POST of many", async () => {
    const call = { query: new URLSearchParams(), mayExec: false };
    const own = testJolokia();
    expect(await own.get(`/exec/${statisticsName}/statsReset`, call)).toMatchObject({
      status: 403,
      error_type: "java.lang.SecurityException",
    });
    const body = JSON.stringify([{ type: "exec", mbean: statisticsName, operation: "statsReset" }]);
    expect(await own.post(body, call)).toMatchObject([{ status: 403 }]);
    expect(await own.get(`/read/${statisticsName}/requests`, call)).toMatchObject({ value: 70 });
  });
});

describe("history, which check_jmx4perl --delta needs", () => {
  const config = "/exec/jolokia:type=Config/setHistoryEntriesForAttribute";
  const read = `/read/${statisticsName}/requests`;

  test("each read tells the values before it, the newest first, as many as were asked for", async () => {
    const clock = new ManualClock(1_000_000);
    const own = testJolokia(clock);
    expect(await get(read, "", own)).not.toHaveProperty("history");
    expect(await get(`${config}/${statisticsName}/requests/[null]/[null]/2`, "", own)).toMatchObject({
      request: { arguments: [statisticsName, "requests", null, null, "2"] },
      value: null,
      status: 200,
    });
    expect(await get(read, "", own)).toMatchObject({ value: 70, history: [] });
    clock.advance(60_000);
    await get(`/exec/${statisticsName}/statsReset`, "", own);
    expect(await get(read, "", own)).toMatchObject({ value: 0, history: [{ value: 70, timestamp: 1000 }] });
    clock.advance(60_000);
    const { history } = await get(read, "", own);
    expect(history).toEqual([
      { value: 0, timestamp: 1060 },
      { value: 70, timestamp: 1000 },
    ]);
    expect((await get(read, "", own))["history"]).toHaveLength(2);
  });

  test("of a part of a value, whatever the order of the name; reset and end", async () => {
    const own = testJolokia();
    const part = { mbean: "java.lang:type=Memory", attribute: "HeapMemoryUsage" };
    const args = [part.mbean, part.attribute, "max", null, 1];
    const exec = { type: "exec", mbean: "jolokia:type=Config", operation: "setHistoryEntriesForAttribute" };
    await post({ ...exec, arguments: args }, own);
    const readPart = { type: "read", ...part, path: "max" };
    await post(readPart, own);
    expect(await post(readPart, own)).toMatchObject({ value: -1, history: [{ value: -1 }] });
    expect(await post({ type: "read", ...part }, own)).not.toHaveProperty("history");
    await post({ ...exec, operation: "resetHistoryEntries" }, own);
    expect(await post(readPart, own)).toMatchObject({ history: [] });
    await post({ ...exec, arguments: [...args.slice(0, 4), 0] }, own);
    expect(await post(readPart, own)).not.toHaveProperty("history");
  });

  test("is bounded", async () => {
    const own = testJolokia();
    const keep = (attribute: string, entries: string) =>
      get(`${config}/a:b=c/${attribute}/[null]/[null]/${entries}`, "", own);
    for (const entries of ["101", "-1", "x", "1.5"]) {
      expect(await keep("q", entries)).toMatchObject({
        status: 400,
        error_type: "java.lang.IllegalArgumentException",
      });
    }
    for (let count = 0; count < 100; count++)
      expect(await keep(`q${count}`, "100")).toMatchObject({ status: 200 });
    expect(await keep("one-more", "1")).toMatchObject({ status: 400 });
    expect(await keep("q7", "5")).toMatchObject({ status: 200 });
  });

  test("a target is refused", async () => {
    expect(await get(`${config}/a:b=c/q/[null]/service:jmx/1`)).toMatchObject({
      error_type: "java.lang.UnsupportedOperationException",
    });
  });
});

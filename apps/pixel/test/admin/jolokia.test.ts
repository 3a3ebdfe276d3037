import type { JsonObject, JsonValue } from "@sewer/core";
import { describe, expect, test } from "vitest";
import { statisticsName, testJolokia } from "./support.ts";

const jolokia = testJolokia();
const none = new URLSearchParams();

function get(path: string, query = ""): JsonObject {
  return jolokia.get(path, new URLSearchParams(query)) as JsonObject;
}

function post(body: JsonValue): JsonObject {
  return jolokia.post(JSON.stringify(body), none) as JsonObject;
}

describe("read by GET", () => {
  const encoded = statisticsName.replaceAll(":", "%3A").replaceAll("=", "%3D").replaceAll(",", "%2C");

  test("as jmx4perl sends it", () => {
    expect(get(`/read/${encoded}/requests`)).toEqual({
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
  ])("the bean is found as %s", (name) => {
    const answer = get(`/read/${name}/requests`);
    expect(answer).toMatchObject({ value: 70, status: 200 });
    expect((answer["request"] as JsonObject)["mbean"]).toBe(decodeURIComponent(name));
  });

  test.each(["", "/", "/*", "/%2A"])("all attributes: %j", (end) => {
    const { value, request } = get(`/read/${encoded}${end}`);
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

  test("several attributes", () => {
    expect(get(`/read/${encoded}/requests%2Cresponses2xx`)).toMatchObject({
      request: { attribute: ["requests", "responses2xx"] },
      value: { requests: 70, responses2xx: 68 },
    });
  });

  test("a step into a value", () => {
    expect(get("/read/java.lang:type=Memory/HeapMemoryUsage/used")).toMatchObject({
      request: { mbean: "java.lang:type=Memory", attribute: "HeapMemoryUsage", path: "used", type: "read" },
      value: expect.any(Number),
      status: 200,
    });
  });

  test("by the parameter p", () => {
    expect(get("/", `p=read/${encodeURIComponent(statisticsName)}/requests`)).toMatchObject({ value: 70 });
  });

  test("escapes are undone after the percent signs", () => {
    expect(get("/read/a!/b:name=x!!y%21%2Fz/q")).toMatchObject({
      request: { mbean: "a/b:name=x!y/z", attribute: "q" },
      status: 404,
    });
  });
});

describe("read by POST", () => {
  test("the type in upper case", () => {
    expect(post({ type: "READ", mbean: statisticsName, attribute: "requests" })).toEqual({
      request: { mbean: statisticsName, attribute: "requests", type: "read" },
      value: 70,
      timestamp: 1_795_474_030,
      status: 200,
    });
  });

  test("a list of requests gets a list of answers, errors in their places", () => {
    const answers = post([
      { type: "read", mbean: statisticsName, attribute: ["requests", "expires"] },
      { type: "read", mbean: "no.such:type=x" },
      { type: "version" },
      "nonsense",
    ]) as unknown as JsonObject[];
    expect(answers.map((answer) => answer["status"])).toEqual([200, 404, 200, 400]);
    expect(answers[0]).toMatchObject({ value: { requests: 70, expires: 0 } });
  });

  test("a path, and options in config or query", () => {
    expect(
      post({ type: "read", mbean: "java.lang:type=Memory", attribute: "HeapMemoryUsage", path: "max" }),
    ).toMatchObject({
      value: -1,
    });
    const attribute = ["requests", "nope"];
    const request = { type: "read", mbean: statisticsName, attribute };
    const lenient = { requests: 70, nope: "ERROR: javax.management.AttributeNotFoundException : nope" };
    expect(post({ ...request, config: { ignoreErrors: true, maxDepth: 6 } })).toMatchObject({
      value: lenient,
    });
    const query = new URLSearchParams("ignoreErrors=true&unknown=1");
    expect(jolokia.post(JSON.stringify(request), query)).toMatchObject({ value: lenient });
    expect(post(request)).toMatchObject({ status: 404 });
  });
});

describe("version", () => {
  test.each(["", "/", "/version", "/version/"])("GET %j", (path) => {
    expect(get(path)).toMatchObject({
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
    ["/exec/a:b=c/op", 400, "java.lang.UnsupportedOperationException", ""],
    ["/read/a:*", 400, "java.lang.UnsupportedOperationException", ""],
    ["/read/%ff", 400, "java.lang.IllegalArgumentException", ""],
  ])("%s", (path, status, type, message) => {
    expect(get(path)).toMatchObject({
      status,
      error_type: type,
      error: expect.stringContaining(`${type} : ${message}`),
    });
  });

  test.each(["", "{", "[]x", "3", "null", '{"mbean":"x"}', '{"type":"read","mbean":"a:b=c","attribute":7}'])(
    "POST %j",
    (body) => {
      expect(jolokia.post(body, none)).toMatchObject({
        status: 400,
        error_type: "java.lang.IllegalArgumentException",
      });
    },
  );

  test("too many requests in one POST", () => {
    expect(
      jolokia.post(JSON.stringify(Array.from({ length: 1001 }, () => ({ type: "version" }))), none),
    ).toMatchObject({
      status: 400,
    });
  });
});

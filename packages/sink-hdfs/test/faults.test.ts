import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hdfsErrors } from "../src/index.ts";
import { nodeErrorOf, refusalError, transportError } from "../src/webhdfs/faults.ts";
import { answersOfHadoop, errorOf } from "./answers.ts";

test("the fixture has the answers", () => {
  expect(answersOfHadoop.length).toBeGreaterThan(200);
});

test("messages have one line, and name the exception", () => {
  for (const answer of answersOfHadoop) {
    const { message } = errorOf(answer);
    expect(message, answer.case).not.toContain("\n");
    expect(message.length).toBeLessThan(1000);
  }
});

test("a URL in an exception's message loses its query", () => {
  const message = "failed: http://dn:9864/webhdfs/v1/a?op=CREATE&delegation=SECRET, and Why?";
  const body = JSON.stringify({ RemoteException: { exception: "IOException", message } });
  const error = refusalError({ at: "namenode", host: "h", op: "CREATE", path: "/p", status: 403, body });
  expect(error.message).toContain("IOException: failed: http://dn:9864/webhdfs/v1/a?... and Why?");
});

test("no body makes it throw, and what is unknown is the sink's", () => {
  const anything = fc.oneof(fc.json(), fc.constant(null), fc.integer(), fc.constant({}), fc.constant([1]));
  const body = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.json(),
    fc.record({ RemoteException: anything }).map((value) => JSON.stringify(value) ?? ""),
    fc
      .record({ exception: anything, javaClassName: anything, message: anything })
      .map((value) => stringify({ RemoteException: value })),
  );
  fc.assert(
    fc.property(body, fc.integer({ min: 0, max: 999 }), (text, status) => {
      const error = refusalError({ at: "datanode", host: "h", op: "CREATE", path: "/p", status, body: text });
      expect(error.scope).toBe("sink");
      expect(error.retry).toBe("temporary");
    }),
    { seed: 20261126, numRuns: 200 },
  );
});

function stringify(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return "";
  }
}

function withCode(code: string, syscall?: string): Error {
  return Object.assign(new Error("x"), { code, ...(syscall === undefined ? {} : { syscall }) });
}

describe("an error of Node or undici", () => {
  test.each<[string, unknown, string, string]>([
    ["refused", withCode("ECONNREFUSED"), "ECONNREFUSED", hdfsErrors.unreachable],
    ["no such name", withCode("ENOTFOUND"), "ENOTFOUND", hdfsErrors.unreachable],
    [
      "no connection in time",
      withCode("UND_ERR_CONNECT_TIMEOUT"),
      "UND_ERR_CONNECT_TIMEOUT",
      hdfsErrors.unreachable,
    ],
    ["no way there", withCode("EHOSTUNREACH", "connect"), "EHOSTUNREACH", hdfsErrors.unreachable],
    ["a way that broke", withCode("EHOSTUNREACH", "read"), "EHOSTUNREACH", hdfsErrors.noAnswer],
    [
      "a wrong certificate",
      withCode("ERR_TLS_CERT_ALTNAME_INVALID"),
      "ERR_TLS_CERT_ALTNAME_INVALID",
      hdfsErrors.unreachable,
    ],
    [
      "all addresses of a name",
      Object.assign(new AggregateError([withCode("ENETUNREACH", "connect")]), { code: "ENETUNREACH" }),
      "ENETUNREACH",
      hdfsErrors.unreachable,
    ],
    ["a reset", withCode("ECONNRESET"), "ECONNRESET", hdfsErrors.noAnswer],
    ["a reset underneath", new Error("x", { cause: withCode("EPIPE") }), "EPIPE", hdfsErrors.noAnswer],
    ["a late answer", withCode("UND_ERR_HEADERS_TIMEOUT"), "UND_ERR_HEADERS_TIMEOUT", hdfsErrors.noAnswer],
    ["none of these", new TypeError("x"), "TypeError", hdfsErrors.noAnswer],
    ["no error", "text", "unknown", hdfsErrors.noAnswer],
  ])("%s", (_, cause, nodeCode, code) => {
    expect(nodeErrorOf(cause).nodeCode).toBe(nodeCode);
    const at = { host: "h:1", path: "/p" };
    const rename = transportError(cause, { ...at, at: "namenode", op: "RENAME" });
    expect(rename).toMatchObject({ code, scope: "sink", retry: "temporary" });
    expect(rename.context["action"]).toBe(code === hdfsErrors.noAnswer ? "unknown" : "otherNameNode");
    const create = transportError(cause, { ...at, at: "datanode", op: "CREATE" });
    expect(create).toMatchObject({ code: hdfsErrors.dataNode, context: { action: "newAttempt" } });
  });
});

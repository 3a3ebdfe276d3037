import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hdfsErrors } from "../src/index.ts";
import { nodeCodeOf, refusalError, transportError, type Answerer } from "../src/webhdfs/faults.ts";

interface Vector {
  readonly case: string;
  readonly op: string;
  readonly at: string;
  readonly status: number;
  readonly body: unknown;
}

const vectors = readFileSync(new URL("fixtures/remote-exceptions.jsonl", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Vector)
  .filter(({ status }) => status >= 400);

function errorOf({ op, at, status, body }: Vector) {
  const answerer: Answerer = at.includes("DN") || at.startsWith("step2") ? "datanode" : "namenode";
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const [name = op] = op.split(" ");
  return refusalError({ at: answerer, host: "h:1", op: name, path: "/p", status, body: text });
}

function codes(caseName: RegExp): string[] {
  return [
    ...new Set(vectors.filter((vector) => caseName.test(vector.case)).map((vector) => errorOf(vector).code)),
  ];
}

test("the fixture has the answers", () => {
  expect(vectors.length).toBeGreaterThan(200);
});

test.each([
  [/standby|before transition/i, [hdfsErrors.standby]],
  [
    /^(HA manual )?safe mode: |NN low disk|startup safe mode: (RENAME|SETTIMES)|HttpFS: safe mode/,
    [hdfsErrors.safeMode],
  ],
  [/no DN registered: step1|NN restarted, startup|RENAME with no DN/, [hdfsErrors.starting]],
  [/^disk full|excluded by|all DNs dead: (step1|checksum)$|one DN left/, [hdfsErrors.noDataNode]],
  [/quota (CREATE|RENAME)|space quota: |quota \(policy|max directory items/, [hdfsErrors.quota]],
  [/no permission|without permission|no write permission|doas|HttpFS: permission/, [hdfsErrors.permission]],
  [
    /name 256|component 256|colon|path > 8000|dst is (an existing|non-empty) directory|parent is a file/,
    [hdfsErrors.path],
  ],
  [/blocksize 1|replication (0|600)|permission 999|user.name bad|bogus|BOGUS/, [hdfsErrors.configuration]],
  [/first PUT after|NN killed before close|lease held|right after RST/, [hdfsErrors.attemptFailed]],
  [
    /under construction|last block under|old writer after|deleted while open|^CREATE existing/,
    [hdfsErrors.attemptFailed],
  ],
  [/^RENAME NONE: dst file exists|second sender|rename2 NONE dst exists/, [hdfsErrors.exists]],
  [/^stat absent$|RENAME NONE: src missing|replayed RENAME NONE/, [hdfsErrors.notFound]],
  [/webhdfs root off/, [hdfsErrors.notWebHdfs]],
])("%s is %j", (caseName, expected) => {
  expect(codes(caseName)).toEqual(expected);
});

describe("every answer of a real Hadoop to a fault", () => {
  test("a cluster's fault is never the batch's: only the path can be", () => {
    const batch = vectors.filter((vector) => errorOf(vector).scope === "batch");
    expect(new Set(batch.map((vector) => errorOf(vector).code))).toEqual(new Set([hdfsErrors.path]));
    const others = batch.filter(({ case: name }) =>
      /safe mode|standby|quota|permission|DNs?\b|lease|restart|disk|startup/i.test(name),
    );
    expect(others).toEqual([]);
    expect(batch.length).toBeGreaterThan(20);
  });

  test("a batch's fault is permanent, everything else temporary", () => {
    for (const vector of vectors) {
      const { scope, retry } = errorOf(vector);
      expect(retry, vector.case).toBe(scope === "batch" ? "permanent" : "temporary");
    }
  });

  test("messages have one line, and name the exception", () => {
    for (const vector of vectors) {
      const { message } = errorOf(vector);
      expect(message, vector.case).not.toContain("\n");
      expect(message.length).toBeLessThan(1000);
    }
  });
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

test.each([
  [Object.assign(new Error("x"), { code: "ECONNREFUSED" }), "ECONNREFUSED", hdfsErrors.unreachable],
  [
    Object.assign(new Error("x"), { code: "UND_ERR_CONNECT_TIMEOUT" }),
    "UND_ERR_CONNECT_TIMEOUT",
    hdfsErrors.unreachable,
  ],
  [
    new AggregateError([Object.assign(new Error("x"), { code: "ENETUNREACH" })]),
    "ENETUNREACH",
    hdfsErrors.unreachable,
  ],
  [Object.assign(new Error("x"), { code: "ECONNRESET" }), "ECONNRESET", hdfsErrors.noAnswer],
  [new Error("x", { cause: Object.assign(new Error("y"), { code: "EPIPE" }) }), "EPIPE", hdfsErrors.noAnswer],
  [new TypeError("x"), "TypeError", hdfsErrors.noAnswer],
  ["text", "unknown", hdfsErrors.noAnswer],
])("transport error %s", (cause, nodeCode, code) => {
  expect(nodeCodeOf(cause)).toBe(nodeCode);
  const error = transportError(cause, { host: "h:1", op: "RENAME", path: "/p" });
  expect(error).toMatchObject({ code, scope: "sink", retry: "temporary" });
});

import { describe, expect, it } from "vitest";
import { httpSourceOptions } from "../src/index.ts";

const parse = (options: object): unknown => httpSourceOptions.parse({ type: "http", ...options });
const messages = (options: object): string[] => {
  const result = httpSourceOptions.safeParse({ type: "http", ...options });
  return result.success
    ? []
    : result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
};

describe("options", () => {
  it("have the documented defaults", () => {
    expect(parse({})).toEqual({
      type: "http",
      host: "0.0.0.0",
      port: 8080,
      statusPort: 8081,
      processes: 1,
      reusePort: true,
      methods: ["GET", "HEAD", "POST"],
      trustedProxies: [],
      forwardedHeader: "x-forwarded-for",
      forwardedHost: false,
      headers: [],
      body: { record: false, maxBytes: 131_072 },
      crossdomain: false,
      readPath: "auto",
      limits: {
        requestLine: 8192,
        head: 16_384,
        fields: 100,
        headTime: 10_000,
        bodyTime: 30_000,
        bodyGapTime: 10_000,
        chunkExtensions: 16_384,
        idleTime: 30_000,
        idleTimeCrowded: 5000,
        writeTime: 10_000,
        lingerTime: 2000,
        linger: 65_536,
        unansweredReads: 16,
        buffered: 67_108_864,
      },
    });
  });

  it("the status port follows the port", () => {
    expect(parse({ port: 9000 })).toMatchObject({ statusPort: 9001 });
    expect(parse({ port: 0 })).toMatchObject({ statusPort: 0 });
    expect(parse({ port: 9000, statusPort: 8000 })).toMatchObject({ statusPort: 8000 });
  });

  it.for<[object, string]>([
    [{ prot: 1 }, 'Unrecognized key: "prot"'],
    [{ port: 65_536 }, "port"],
    [{ port: -1 }, "port"],
    [{ port: 65_535 }, "statusPort"],
    [{ port: 80, statusPort: 80 }, "statusPort"],
    [{ methods: ["GET", "TRACE"] }, "methods"],
    [{ trustedProxies: ["10.0.0.0/33"] }, "trustedProxies"],
    [{ headers: ["a b"] }, "headers.0"],
    [{ limits: { headTime: "-1s" } }, "limits.headTime"],
    [{ limits: { headTime: "0s" } }, "limits.headTime"],
    [{ limits: { head: "16 KB" } }, "limits.head"],
    [{ limits: { fields: 0 } }, "limits.fields"],
    [{ limits: { heads: 1 } }, 'limits: Unrecognized key: "heads"'],
    [{ processes: "all" }, "processes"],
    [{ body: { record: "yes" } }, "body.record"],
    [{ body: { maxBytes: "9MiB" } }, "body.maxBytes"],
  ])("%j is refused at %s", ([options, start]) => {
    expect(messages(options).join("\n")).toContain(start);
  });

  it("accepts every key of the flow config", () => {
    expect(
      messages({
        processes: "auto",
        methods: "any",
        trustedProxies: ["10.0.0.0/8", "::1/128", "192.0.2.1"],
        forwardedHeader: "CF-Connecting-IP",
        headers: ["accept-language"],
        body: { record: true, maxBytes: "1MiB" },
        crossdomain: true,
      }),
    ).toEqual([]);
  });
});

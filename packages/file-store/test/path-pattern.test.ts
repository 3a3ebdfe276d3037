import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  completePathPattern,
  expandPath,
  literalDirectory,
  parsePathPattern,
  type PathValues,
} from "../src/index.ts";

const values: PathValues = {
  createdMs: Date.UTC(2026, 10, 5, 7, 8, 9, 45),
  timeZone: "UTC",
  tokens: {
    batch: "01JDEF0000000000000000ABCD-00000001",
    flow: "pixel",
    host: "web-1",
    hostname: "web-1.example.org",
    nanos: "123456789",
    pid: "42",
    rand: "deadbeef",
    thread: "0",
    timestamp: "1793862489045",
  },
};

function expand(text: string, changed: Partial<PathValues> = {}): string {
  return expandPath(parsePathPattern(text), { ...values, ...changed });
}

function refusal(text: string): string | undefined {
  const messages: string[] = [];
  parsePathPattern(text, { addIssue: ({ message }) => messages.push(message) });
  return messages[0];
}

describe("expansion", () => {
  test.each([
    ["plain", "plain"],
    ["/a/b.c", "/a/b.c"],
    ["%{yyyy-MM-dd/HH00}/x", "2026-11-05/0700/x"],
    ["%{yyyyMMdd-HHmmss}", "20261105-070809"],
    ["%{yyyyMMddHHmmssSSS}", "20261105070809045"],
    ["%{yyyy/MM/dd}/%{HH_mm.ss}", "2026/11/05/07_08.09"],
    ["%{dd}%{MM}", "0511"],
    ["%{00HH}", "0007"],
    ["a%{.yyyy}", "a.2026"],
    ["%{host}-%{hostname}", "web-1-web-1.example.org"],
    ["%{rand}.%{nanos}.%{timestamp}.%{thread}", "deadbeef.123456789.1793862489045.0"],
    ["%{flow}/%{pid}/%{batch}", "pixel/42/01JDEF0000000000000000ABCD-00000001"],
    ["100%/a%b/%%{pid}", "100%/a%b/%42"],
    ["../out/%{host}", "../out/web-1"],
    ["./out/x", "./out/x"],
    [".hidden/%{host}", ".hidden/web-1"],
    ["a b/ü", "a b/ü"],
  ])("%s gives %s", (text, path) => {
    expect(expand(text)).toBe(path);
  });

  test.each([
    ["Europe/Rome", Date.UTC(2026, 6, 1, 22, 30), "2026-07-02/0000"],
    ["America/New_York", Date.UTC(2026, 0, 1, 4, 59), "2025-12-31/2300"],
    ["Asia/Kathmandu", Date.UTC(2026, 0, 1, 18, 15), "2026-01-02/0000"],
    ["UTC", 0, "1970-01-01/0000"],
  ])("dates are written in %s", (timeZone, createdMs, path) => {
    expect(expand("%{yyyy-MM-dd/HH00}", { timeZone, createdMs })).toBe(path);
  });

  test.each([
    ["../../etc/passwd", "_._.._etc_passwd"],
    [".", "_"],
    ["", "_"],
    ["a:b+c%d e", "a_b_c_d_e"],
    ["ü", "__"],
    ["\0\n", "__"],
    ["a=b.c-d_e", "a=b.c-d_e"],
  ])("the value %j becomes %s", (value, expected) => {
    const path = expand("d/%{host}", { tokens: { ...values.tokens, host: value } });
    expect(path).toBe(`d/${expected}`);
  });

  test("no value of any token leaves the literal directory, is hidden, or adds a level", () => {
    const value = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("..", ".", "/", "../x", "a/../..", "\0", "%{pid}", "~", "\\..\\", ".hidden"),
    );
    const names = Object.keys(values.tokens) as (keyof PathValues["tokens"])[];
    const tokens = fc.record(Object.fromEntries(names.map((name) => [name, value])));
    const tail = names.map((name) => `%{${name}}`).join("/");
    fc.assert(
      fc.property(tokens, (hostile) => {
        const path = expand(`/base/dir/${tail}/%{yyyy/MM}-%{host}`, {
          tokens: hostile as PathValues["tokens"],
        });
        const segments = path.split("/");
        expect(path.startsWith("/base/dir/")).toBe(true);
        expect(segments).toHaveLength(3 + names.length + 2);
        for (const segment of segments.slice(1)) expect(segment).toMatch(/^[A-Za-z0-9_=-][A-Za-z0-9._=-]*$/);
      }),
      { seed: 20261126 },
    );
  });
});

describe("refusal", () => {
  test.each([
    ["%{nope}", "unknown token %{nope}"],
    ["%{}", "unknown token %{}"],
    ["%{HOST}", "unknown token %{HOST}"],
    ["%{yyyy:MM}", "unknown token %{yyyy:MM}"],
    ["%{YYYY}", "unknown token %{YYYY}"],
    ["%{yy}", "unknown token %{yy}"],
    ["%{hh}", "unknown token %{hh}"],
    ["%{yyyy MM}", "unknown token %{yyyy MM}"],
    ["%{2026}", "unknown token %{2026}"],
    ["%{/}", "unknown token %{/}"],
    ["%{constructor}", "unknown token %{constructor}"],
    ["a/%{host", '"%{host" has no closing }'],
    ["", "it must end with a file name"],
    ["a/", "it must end with a file name"],
    ["a/%{yyyy/}", "it must end with a file name"],
    ["a/.b", 'the file name ".b" begins with "."'],
    ["a/.%{host}", 'the file name ".0" begins with "."'],
    ["a/%{.yyyy}", 'begins with "."'],
    ["%{host}/../x", '".." cannot be a path segment'],
    ["a/%{yyyy/../MM}/x", '".." cannot be a path segment'],
    ["a/%{yyyy/./MM}/x", '"." cannot be a path segment'],
    ["a%{../yyyy}/x/../../../y", '".." cannot be a path segment'],
    ["a/%{host}//x", '"" cannot be a path segment'],
    ["a/%{/yyyy}/x", '"" cannot be a path segment'],
    ["a\nb", "control characters"],
    ["a\u0000b", "control characters"],
  ])("%j: %s", (text, message) => {
    expect(refusal(text)).toContain(message);
    expect(() => parsePathPattern(text)).toThrow(RangeError);
  });

  test("a pattern that is not refused never gives a path outside of its literal directory", () => {
    const piece = fc.constantFrom(
      "a",
      "/",
      ".",
      "..",
      "%{host}",
      "%{yyyy/MM}",
      "%{../dd}",
      "%{.HH}",
      "%{-}",
      "-",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const text = `/base/${pieces.join("")}`;
        if (refusal(text) !== undefined) return;
        const first = text.indexOf("%{");
        const directory = first < 0 ? "/base/" : text.slice(0, text.lastIndexOf("/", first) + 1);
        const path = expand(text);
        expect(path.startsWith(directory)).toBe(true);
        const inner = path.slice(directory.length).split("/");
        const bad = inner.filter((segment) => ["", ".", ".."].includes(segment));
        // Without a token the operator's own text is taken as it is.
        expect(first < 0 ? [] : bad).toEqual([]);
      }),
      { seed: 20261126, numRuns: 2000 },
    );
  });
});

describe("batch id and extension", () => {
  test.each([
    ["out/data", ".seq", "out/data-%{batch}.seq"],
    ["out/data.seq", ".seq", "out/data-%{batch}.seq"],
    ["out/data.seq", ".jsonl", "out/data.seq-%{batch}.jsonl"],
    ["out/data.jsonl.gz", ".jsonl.gz", "out/data-%{batch}.jsonl.gz"],
    ["out/%{batch}", ".seq", "out/%{batch}.seq"],
    ["out/%{batch}.seq", ".seq", "out/%{batch}.seq"],
    ["%{batch}/data", ".seq", "%{batch}/data.seq"],
    ["out/%{host}", ".seq", "out/%{host}-%{batch}.seq"],
    ["out/%{yyyy}.seq", ".seq", "out/%{yyyy}-%{batch}.seq"],
  ])("%s with %s is %s", (text, extension, whole) => {
    const completed = expandPath(completePathPattern(parsePathPattern(text), extension), values);
    expect(completed).toBe(expand(whole));
  });
});

test.each([
  ["/logs/%{yyyy-MM-dd}/data-%{host}", "/logs/"],
  ["data/out/web-%{host}", "data/out/"],
  ["out", ""],
  ["%{host}/out", ""],
])("every path of %s lies below %j", (pattern, directory) => {
  expect(literalDirectory(pattern)).toBe(directory);
});

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { titledCases } from "./support/cases.ts";
import { fakeConnection } from "./support/fake-socket.ts";

/** CORS and the PROXY protocol do not exist. */
const missing = new Set([28]);
const ruleNumberMax = 36;
const expected = Array.from({ length: ruleNumberMax }, (_, index) => index + 1).filter(
  (rule) => !missing.has(rule),
);

function numbersIn(text: string, pattern: RegExp): number[] {
  return [...new Set([...text.matchAll(pattern)].map(([, rule]) => Number(rule)))].sort(
    (one, other) => one - other,
  );
}

describe("the rules of docs/specs/http.md", () => {
  it("are numbered without a gap, but for what does not exist", () => {
    const page = readFileSync(new URL("../../../docs/specs/http.md", import.meta.url), "utf8");
    expect(numbersIn(page, /^- \*\*R(\d+)\*\* /gm)).toEqual(expected);
  });

  it("each begin the title of a test", () => {
    const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith(".test.ts"));
    const sources = files.map((name) => readFileSync(`${import.meta.dirname}/${name}`, "utf8")).join("\n");
    const ofCases = titledCases.map(([title]) => title).join("\n");
    // Titles of `it`, and of cases. `describe` alone would show nothing.
    const inFiles = numbersIn(sources, /(?:\bit\(|\]\)\()\s*["`]R(\d+) /g);
    const found = new Set([...inFiles, ...numbersIn(ofCases, /^R(\d+) /gm)]);
    expect(expected.filter((rule) => !found.has(rule))).toEqual([]);
    expect([...found].filter((rule) => !expected.includes(rule))).toEqual([]);
  });
});

describe("R29 nothing of a request is in its answer", () => {
  it("R29 whatever field or target holds it", () => {
    const mark = "x-mark-7f3a";
    const inputs = [
      `GET /${mark}?${mark} HTTP/1.1\r\nHost: ${mark}\r\nOrigin: ${mark}\r\n${mark}: ${mark}\r\nCookie: ${mark}\r\n\r\n`,
      `${mark} / HTTP/1.1\r\nHost: ${mark}\r\n\r\n`,
      `GET /${mark} HTTP/1.1\r\nHost: ${mark}\r\nConnection: ${mark}, close\r\n\r\n`,
      `GET /${mark} HTTP/1.1\r\nExpect: ${mark}\r\nHost: h\r\n\r\n`,
      `GET /${mark}\r\n${mark}`,
      `GET / HTTP/9.9\r\nHost: ${mark}\r\n\r\n`,
      `OPTIONS / HTTP/1.1\r\nHost: h\r\nOrigin: ${mark}\r\nAccess-Control-Request-Headers: ${mark}\r\n\r\n`,
      `POST / HTTP/1.1\r\nHost: h\r\nContent-Length: ${mark.length}\r\n\r\n${mark}`,
      `GET /crossdomain.xml?${mark} HTTP/1.1\r\nHost: ${mark}\r\nAccept-Encoding: ${mark}\r\n\r\n`,
    ];
    for (const input of inputs) {
      const { connection, socket } = fakeConnection({}, { crossdomain: true });
      connection.read(Buffer.from(input));
      expect(socket.statuses, input).toHaveLength(1);
      expect(socket.written, input).not.toContain(mark);
    }
  });
});

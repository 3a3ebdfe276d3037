import { expect, test } from "vitest";
import { formatProblem } from "../../src/config/config-problem.ts";
import { parseConfig } from "../../src/config/parse-config.ts";

const flow =
  "flows:\n  pixel:\n    source: { type: http }\n    spool: {}\n    sink: { type: file, path: out }\n";

function linesOf(text: string): string[] {
  const result = parseConfig({ file: "f.yaml", text, baseDir: "/base", env: {} });
  return result.ok ? [] : result.problems.map(formatProblem);
}

test.each([["plugins", `plugins: ['@acme/sink']\n${flow}`, "1:1: plugins"]])(
  "%s is refused by name",
  (_, text, expected) => {
    const lines = linesOf(text);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`f.yaml:${expected}: `);
    expect(lines[0]).toContain("built yet");
  },
);

test("the default of each of them may be written down", () => {
  const text = `plugins: []
flows:
  pixel:
    source:
      type: http
      processes: 1
      methods: [HEAD, GET, POST]
      trustedProxies: []
      forwardedHeader: x-forwarded-for
      headers: []
      body: { record: false, maxBytes: 131072 }
      crossdomain: false
    spool: { durability: group, minFree: 2GiB, onFull: drop-oldest }
    sink: { type: file, path: out, format: { compression: record, codec: bzip2 } }
`;
  expect(linesOf(text)).toEqual([]);
});

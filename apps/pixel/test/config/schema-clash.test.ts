import { expect, test } from "vitest";
import { formatProblem } from "../../src/config/config-problem.ts";
import { parseConfig } from "../../src/config/parse-config.ts";

function linesOf(source: string, sinks: string): string[] {
  const text = `flows:\n  pixel:\n    source: { type: http${source} }\n    ${sinks}\n`;
  const result = parseConfig({ file: "f.yaml", text, baseDir: "/base", env: {} });
  return result.ok ? [] : result.problems.map(formatProblem);
}

const original = "{ type: file, path: out, format: { schema: sewer-0.5 } }";

test("schema sewer-0.5 takes what the original recorded, and nothing else", () => {
  expect(linesOf("", `sink: ${original}`)).toEqual([]);
  expect(linesOf(", headers: []", `sink: ${original}`)).toEqual([]);
  expect(linesOf(", headers: [dnt]", `sink: ${original}`)).toEqual([
    "f.yaml:4:54: flows.pixel.sink.format.schema: sewer-0.5 has no place for what source.headers records; take one of them away",
  ]);
  const two = `sinks: { a: { type: file, path: a }, b: ${original} }`;
  expect(linesOf(", body: { record: true }", two)).toEqual([
    "f.yaml:4:88: flows.pixel.sinks.b.format.schema: sewer-0.5 has no place for what source.body.record records; take one of them away",
  ]);
});

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const directory = new URL("../", import.meta.url);
const readme = readFileSync(new URL("README.md", directory), "utf8");
const examples = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code = ""]) => code);

function outputOf(code: string): string {
  const flags = ["--conditions=@sewer/source", "--input-type=module-typescript", "--eval", code];
  return execFileSync(process.execPath, flags, { cwd: directory, encoding: "utf8" });
}

test("the README has two examples", () => {
  expect(examples).toHaveLength(2);
});

test("its example of reading runs", () => {
  const lines = outputOf(examples[0]!).trimEnd().split("\n");
  expect(lines[0]).toBe(
    "org.apache.hadoop.io.LongWritable org.apache.hadoop.io.Text org.apache.hadoop.io.compress.SnappyCodec",
  );
  expect(lines.slice(1)).toHaveLength(26);
  expect(lines[1]).toMatch(/^0 .*A$/);
});

test("its example of writing runs", () => {
  const output = outputOf(examples[1]!);
  expect(output).toMatch(
    /^com\.example\.Visit \{\s+timestamp: 1700000000000,\s+page: '\/',\s+referer: '',\s+scores: \[ 3, 4 \]/,
  );
  expect(output).toContain("public class Visit implements WritableComparable<Visit>");
});

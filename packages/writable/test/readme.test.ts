import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

test("the README's example runs", () => {
  const directory = new URL("../", import.meta.url);
  const code = /```ts\n(.*?)```/s.exec(readFileSync(new URL("README.md", directory), "utf8"))?.[1] ?? "";
  const flags = ["--conditions=@sewer/source", "--input-type=module-typescript", "--eval", code];
  const output = execFileSync(process.execPath, flags, { cwd: directory, encoding: "utf8" });
  expect(output).toContain("com.example.Visit { timestamp: 1700000000000, page: '/', referer: '' }");
  expect(output).toContain("public class Visit implements WritableComparable<Visit>");
});

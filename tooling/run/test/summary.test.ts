import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findTestPackages, formatSummary, readReports } from "../src/summary.mjs";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "sewer-run-"));
  for (const group of ["packages", "apps", "tooling"]) mkdirSync(join(root, group));
});
afterEach(() => rmSync(root, { recursive: true }));

function addPackage(name: string, report?: object, scripts: object = { test: "vitest run" }): void {
  mkdirSync(join(root, name, ".reports"), { recursive: true });
  writeFileSync(join(root, name, "package.json"), JSON.stringify({ scripts }));
  if (report !== undefined) writeFileSync(join(root, name, ".reports/vitest.json"), JSON.stringify(report));
}

function reportOf(passed: number, failed: number, skippedTitles: string[][] = []): object {
  const assertionResults = skippedTitles.map((titles) => ({
    status: "skipped",
    ancestorTitles: titles.slice(0, -1),
    title: titles.at(-1),
  }));
  return {
    success: failed === 0,
    numPassedTests: passed,
    numFailedTests: failed,
    testResults: [{ assertionResults }],
  };
}

async function summarize(failedSteps: string[] = []): Promise<{ lines: string[]; ok: boolean }> {
  const { text, ok } = formatSummary(await readReports(findTestPackages(root), root), failedSteps);
  return { lines: text.trimEnd().split("\n"), ok };
}

describe("the end of npm test", () => {
  test("adds up what the runners reported", async () => {
    addPackage("packages/a", reportOf(3, 0));
    addPackage("apps/b", reportOf(4, 0));
    expect(await summarize()).toMatchObject({ ok: true });
    expect((await summarize()).lines.at(-1)).toBe("7 passed, 0 failed");
  });

  test("a failed test fails the run", async () => {
    addPackage("packages/a", reportOf(3, 2));
    const { lines, ok } = await summarize(["test"]);
    expect(ok).toBe(false);
    expect(lines.at(-1)).toBe("3 passed, 2 failed");
  });

  test("a package that owes a report and has none counts as a failure", async () => {
    addPackage("packages/a");
    addPackage("packages/without-tests", undefined, { build: "tsup" });
    const { lines, ok } = await summarize();
    expect(ok).toBe(false);
    expect(lines).toContain("packages/a: 0 passed, 1 failed (no report)");
    expect(lines.at(-1)).toBe("0 passed, 1 failed");
  });

  test("a run that failed outside any test counts as a failure", async () => {
    addPackage("packages/a", { ...reportOf(3, 0), success: false });
    const { lines, ok } = await summarize(["test"]);
    expect(ok).toBe(false);
    expect(lines.at(-1)).toBe("3 passed, 1 failed");
  });

  test("a failed lint or type check counts as a failure", async () => {
    addPackage("packages/a", reportOf(3, 0));
    const { lines, ok } = await summarize(["lint"]);
    expect(ok).toBe(false);
    expect(lines).toContain("lint: failed");
    expect(lines.at(-1)).toBe("3 passed, 1 failed");
  });

  test("one line per skipped group with its reason, before the last line", async () => {
    const titles = [
      ["real HDFS [skipped: Java is missing]", "delivers"],
      ["real HDFS [skipped: Java is missing]", "retries"],
    ];
    addPackage("packages/a", reportOf(1, 0, titles));
    const { lines } = await summarize();
    expect(lines.slice(-2)).toEqual([
      "skipped: packages/a: real HDFS (2 tests): Java is missing",
      "1 passed, 0 failed",
    ]);
  });
});

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** Folders of the workspace whose package.json has a `test` script: each owes a report. */
export function findTestPackages(root) {
  return ["packages", "apps", "tooling"]
    .flatMap((group) => readdirSync(join(root, group)).map((name) => join(root, group, name)))
    .filter((dir) => existsSync(join(dir, "package.json")))
    .filter((dir) => JSON.parse(readFileSync(join(dir, "package.json"), "utf8")).scripts?.test !== undefined);
}

/**
 * What each package's runner reported: `{ name, passed, failed, skipped: [{ group, reason, count }] }`.
 * A package without a readable report, or whose run ended badly without naming a test, counts one failure.
 */
export async function readReports(packages, root) {
  return packages.map((dir) => {
    const name = relative(root, dir);
    const file = join(dir, ".reports/vitest.json");
    if (!existsSync(file)) return { name, passed: 0, failed: 1, skipped: [], problem: "no report" };
    const report = JSON.parse(readFileSync(file, "utf8"));
    const passed = report.numPassedTests;
    const failed = report.numFailedTests;
    if (!report.success && failed === 0) {
      return {
        name,
        passed,
        failed: 1,
        skipped: skippedGroups(report),
        problem: "the run failed outside a test",
      };
    }
    return { name, passed, failed, skipped: skippedGroups(report) };
  });
}

/** A skipped test says why in a title around it: `real HDFS [skipped: no Java]`. */
function skippedGroups(report) {
  const groups = new Map();
  for (const test of report.testResults.flatMap((file) => file.assertionResults)) {
    if (!["skipped", "pending", "disabled", "todo"].includes(test.status)) continue;
    const titles = [...test.ancestorTitles, test.title];
    const group = titles.find((title) => title.includes("[skipped:")) ?? titles[0];
    const match = /^(.*?)\s*\[skipped:\s*(.*)\]$/.exec(group);
    const key = match?.[1] ?? group;
    const entry = groups.get(key) ?? { group: key, reason: match?.[2] ?? "no reason given", count: 0 };
    entry.count += 1;
    groups.set(key, entry);
  }
  return [...groups.values()];
}

/** The lines that end `npm test`; the last one is `N passed, N failed`. */
export function formatSummary(reports, failedSteps) {
  const lines = ["", "== summary"];
  for (const { name, passed, failed, problem } of reports) {
    lines.push(`${name}: ${passed} passed, ${failed} failed${problem ? ` (${problem})` : ""}`);
  }
  // The test step fails because tests failed; the other steps report nothing else, so each counts once.
  const otherSteps = failedSteps.filter((step) => step !== "test");
  for (const step of otherSteps) lines.push(`${step}: failed`);
  for (const { name, skipped } of reports) {
    for (const { group, reason, count } of skipped) {
      lines.push(`skipped: ${name}: ${group} (${count} ${count === 1 ? "test" : "tests"}): ${reason}`);
    }
  }
  const passed = reports.reduce((sum, report) => sum + report.passed, 0);
  let failed = reports.reduce((sum, report) => sum + report.failed, otherSteps.length);
  if (failed === 0 && failedSteps.length > 0) failed = 1;
  lines.push(`${passed} passed, ${failed} failed`, "");
  return { text: lines.join("\n"), ok: failed === 0 };
}

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "./temporary-folder.ts";

const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");

/** Runs the group of fixtures/group on a machine without Java. */
function runGroup(env: Readonly<Record<string, string>>) {
  const report = join(temporaryFolder(), "report.json");
  const group = join(import.meta.dirname, "fixtures/group");
  const vitestArguments = ["run", "--root", group, "--reporter=default", "--reporter=json"];
  const result = spawnSync(process.execPath, [vitest, ...vitestArguments, `--outputFile.json=${report}`], {
    cwd: group,
    encoding: "utf8",
    timeout: 50_000,
    env: { PATH: "/nowhere", JAVA_HOME: "", HOME: tmpdir(), NO_COLOR: "1", ...env },
  });
  const { testResults } = JSON.parse(readFileSync(report, "utf8")) as {
    testResults: { assertionResults: { ancestorTitles: string[]; status: string }[] }[];
  };
  const [member] = testResults.flatMap(({ assertionResults }) => assertionResults);
  return { ...result, member };
}

const reason = /No Java was found \(JAVA_HOME, then PATH\)\. It takes a JDK 17 to 21\. .*install/;

test("without Java a group is skipped and its title in the report says why", () => {
  const { status, member } = runGroup({});
  expect(status).toBe(0);
  expect(member).toMatchObject({ status: "skipped" });
  expect(member?.ancestorTitles.join()).toMatch(/^delivery \[skipped: No Java/);
  expect(member?.ancestorTitles.join()).toMatch(reason);
});

test("without Java a group fails and says why when SEWER_REQUIRE_HDFS=1", () => {
  const { status, stdout, stderr, member } = runGroup({ SEWER_REQUIRE_HDFS: "1" });
  expect(status).not.toBe(0);
  expect(member).toMatchObject({ status: "failed", ancestorTitles: ["delivery"] });
  expect(stdout + stderr).toMatch(reason);
});

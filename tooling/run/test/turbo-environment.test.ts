import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));

describe("turbo with this workspace's turbo.json", () => {
  let dir: string;

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "sewer-turbo-"));
    const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    write("package.json", { name: "workspace", private: true, packageManager });
    // Without the second key pnpm looks for its own pin in a lockfile, and asks the registry when there is none.
    writeFileSync(join(dir, "pnpm-workspace.yaml"), "packages: [packages/*]\npmOnFail: ignore\n");
    mkdirSync(join(dir, "packages/probe"), { recursive: true });
    write("packages/probe/package.json", {
      name: "probe",
      scripts: { test: "node probe.mjs" },
    });
    // What a test of the real HDFS looks at: is it required, and where are Java and the cache?
    writeFileSync(
      join(dir, "packages/probe/probe.mjs"),
      "const { SEWER_REQUIRE_HDFS, JAVA_HOME, HOME } = process.env;\n" +
        "console.log(`probe ${JSON.stringify({ SEWER_REQUIRE_HDFS, JAVA_HOME, HOME })}`);\n",
    );
    copyFileSync(join(root, "turbo.json"), join(dir, "turbo.json"));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  function write(path: string, content: object): void {
    writeFileSync(join(dir, path), JSON.stringify(content));
  }

  function runTests(env: NodeJS.ProcessEnv): unknown {
    const { stdout, stderr, status } = spawnSync(join(root, "node_modules/.bin/turbo"), ["run", "test"], {
      cwd: dir,
      env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1", ...env },
      encoding: "utf8",
    });
    expect(status, stdout + stderr).toBe(0);
    return JSON.parse(/probe (\{.*\})/.exec(stdout)?.[1] ?? "null");
  }

  test("the test task sees SEWER_REQUIRE_HDFS, JAVA_HOME and HOME, and never replays an earlier run", () => {
    const first = { SEWER_REQUIRE_HDFS: "0", JAVA_HOME: "/jdk", HOME: dir };
    expect(runTests(first)).toEqual(first);
    const second = { SEWER_REQUIRE_HDFS: "1", JAVA_HOME: "/other", HOME: dir };
    expect(runTests(second)).toEqual(second);
    expect(runTests(second)).toEqual(second);
  });
});

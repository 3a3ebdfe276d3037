import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { findJava } from "../src/java.ts";
import { processFacts } from "../src/process-identity.ts";
import { describeHdfs } from "../src/vitest.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const bed = mkdtempSync(join(tmpdir(), "sewer-bed-"));
afterAll(() => rmSync(bed, { recursive: true, force: true }));

const program = join(import.meta.dirname, "../src/cli.ts");

/** The real command line, with a bed apart from the one that somebody may be using. */
function hdfs(commandArguments: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return spawnSync(process.execPath, ["--conditions=@sewer/source", program, ...commandArguments], {
    encoding: "utf8",
    timeout: 300_000,
    env: { ...process.env, SEWER_HDFS_BED: bed, ...env },
  });
}

interface Status {
  readonly up: boolean;
  readonly folder: string;
  readonly roles: { name: string; state: string; pid: number }[];
}

function status(): Status {
  return JSON.parse(hdfs(["status", "--json"]).stdout) as Status;
}

test.each([
  { commandArguments: ["frob"], says: 'There is no command "frob".' },
  { commandArguments: ["up", "--frob"], says: "Unknown option '--frob'" },
  { commandArguments: ["up", "--datanodes", "0"], says: "--datanodes takes a number from 1 to 9." },
  { commandArguments: ["kill"], says: "This command takes one role." },
])("$commandArguments is a wrong command line: exit code 2", ({ commandArguments, says }) => {
  const { status: exitCode, stderr, stdout } = hdfs(commandArguments);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(says);
  expect(stderr).toContain("pnpm hdfs up");
  expect(stdout).toBe("");
});

test("without Java: exit code 3 and what to do", () => {
  const { status: exitCode, stderr } = hdfs(["up"], { PATH: "/nowhere", JAVA_HOME: "" });
  expect(exitCode).toBe(3);
  expect(stderr).toContain("tooling/debian/install.sh");
  expect(stderr).toContain("[SEWER_TESTBED_NO_JAVA]");
});

test("when nothing is up, commands say so", () => {
  expect(hdfs(["status"])).toMatchObject({ status: 1, stdout: "HDFS is not up. Start it: pnpm hdfs up\n" });
  expect(hdfs(["down"])).toMatchObject({ status: 0, stdout: "HDFS was not up.\n" });
  const killed = hdfs(["kill", "namenode"]);
  expect(killed.status).toBe(1);
  expect(killed.stderr).toContain("HDFS is not up. Start it: pnpm hdfs up");
});

describeHdfs("the bed of the command line", () => {
  afterAll(() => void hdfs(["down"]));

  test("without Maven and without a cache: exit code 3 and what to do", () => {
    const { status: exitCode, stderr } = hdfs(["up"], {
      PATH: "/nowhere",
      JAVA_HOME: dirname(dirname(findJava().javac)),
      SEWER_HADOOP_CACHE: join(bed, "empty"),
    });
    expect(exitCode).toBe(3);
    expect(stderr).toContain("Maven (mvn) is not on PATH");
    expect(stderr).toContain("[SEWER_TESTBED_NO_MAVEN]");
  });

  test("when Maven fails, the end of what it said is in the message", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "mvn"), "#!/bin/sh\necho '[ERROR] Network is unreachable'; exit 1\n");
    chmodSync(join(folder, "mvn"), 0o755);
    const { status: exitCode, stderr } = hdfs(["up"], {
      PATH: folder,
      JAVA_HOME: dirname(dirname(findJava().javac)),
      SEWER_HADOOP_CACHE: join(folder, "empty"),
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain("Fetching Hadoop 3.4.2 with Maven (89 MB, once) ...\n");
    expect(stderr).toContain(
      "is its repository reachable?): exit code 1\n  [ERROR] Network is unreachable\n",
    );
    expect(stderr).toContain("[SEWER_TESTBED_PREPARE]");
  });

  test("goes up, obeys and goes down", { timeout: 300_000 }, () => {
    const up = hdfs(["up"]);
    expect(up.stderr).not.toContain("SEWER_");
    expect(up.stdout).toMatch(/sink:\n {6}type: hdfs\n {6}namenodes: \['http:\/\/127\.0\.0\.1:\d+'\]\n/);
    expect(up.stdout).toMatch(/^HDFS is up\.[^]*http:\/\/127\.0\.0\.1:\d+\/webhdfs\/v1[^]*Next: /);
    expect(hdfs(["up"]).stdout).toMatch(/^HDFS was up already\./);
    const { roles, folder } = status();
    expect(roles.map(({ name, state }) => `${name} ${state}`)).toEqual([
      "namenode running",
      "datanode-1 running",
    ]);
    expect(hdfs(["fs", "-mkdir", "/made"]).status).toBe(0);
    expect(hdfs(["fs", "-ls", "/"]).stdout).toContain("/made");
    expect(hdfs(["fs", "-ls", "/nowhere"]).status).toBe(1);
    expect(hdfs(["pause", "datanode-1"]).stdout).toMatch(/datanode-1 +paused/);
    expect(hdfs(["resume", "datanode-1"]).stdout).toMatch(/datanode-1 +running/);
    expect(hdfs(["kill", "datanode-1"]).stdout).toMatch(/datanode-1 +stopped/);
    expect(hdfs(["start", "datanode-1"]).stdout).toMatch(/datanode-1 +running/);
    expect(hdfs(["kill", "datanode-7"]).stderr).toContain("There are: namenode, datanode-1");
    const pids = status().roles.map(({ pid }) => pid);
    expect(hdfs(["down"]).stdout).toBe("HDFS is down, its files are deleted.\n");
    expect(pids.filter((pid) => processFacts(pid))).toEqual([]);
    expect(existsSync(folder)).toBe(false);
    expect(hdfs(["status", "--json"])).toMatchObject({ status: 1, stdout: '{"up":false}\n' });
  });
});

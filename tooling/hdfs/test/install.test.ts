import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "./temporary-folder.ts";

const script = join(import.meta.dirname, "../../debian/install.sh");

/** Runs the script where `PATH` holds these programs only, and gives what they were called with. */
function install(programs: Readonly<Record<string, string>>, group = "hdfs") {
  const folder = temporaryFolder();
  const log = join(folder, "log");
  for (const [name, body] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${body.replace("LOG", `echo ${name} "$@" >>${log}`)}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  const result = spawnSync("/bin/sh", [script, group], { encoding: "utf8", env: { PATH: folder } });
  const calls = existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [];
  return { ...result, calls };
}

const root = { id: "echo 0", env: 'shift; "$@"', "apt-get": "LOG", "apt-cache": "exit 0" };
const hasOnly = (name: string): string => `for last; do :; done; [ "$last" = ${name} ] && echo installed`;

test("elsewhere than on Debian it does nothing and says so", () => {
  const { status, stdout, calls } = install({});
  expect({ status, calls }).toEqual({ status: 0, calls: [] });
  expect(stdout).toContain("install a JDK 17 to 21 and Maven yourself");
});

test("it installs nothing that is there", () => {
  const { status, stdout, calls } = install({ ...root, "dpkg-query": "echo installed" });
  expect({ status, calls }).toEqual({ status: 0, calls: [] });
  expect(stdout).toContain("installed already");
});

test("it installs what is missing, after an update", () => {
  const packages = "openjdk-17-jdk-headless";
  expect(install({ ...root, "dpkg-query": hasOnly("maven") })).toMatchObject({
    status: 0,
    calls: ["apt-get update -qq", `apt-get install -y -qq --no-install-recommends ${packages}`],
    stdout: `install.sh: apt-get update\ninstall.sh: apt-get install ${packages}\ninstall.sh: installed: ${packages}\n`,
  });
  expect(install({ ...root, "dpkg-query": hasOnly("openjdk-21-jdk-headless") }).calls[1]).toMatch(/ maven$/);
});

test("it installs the servers, load generators and the browser of the HTTP tests", () => {
  const { status, calls } = install({ ...root, "dpkg-query": "exit 1", nginx: "" }, "http");
  expect(status).toBe(0);
  expect(calls[1]).toMatch(/ --no-install-recommends haproxy wrk apache2-utils chromium$/);
});

test("it installs Prometheus for the tests of the metrics", () => {
  const { status, calls } = install({ ...root, "dpkg-query": "exit 1" }, "prometheus");
  expect(status).toBe(0);
  expect(calls[1]).toMatch(/ --no-install-recommends prometheus$/);
});

test("it knows four groups", () => {
  expect(install(root, "all")).toMatchObject({ status: 1, stderr: expect.stringContaining("usage") });
});

test("it takes JDK 21 where there is no 17", () => {
  const noSeventeen = '[ "$2" != openjdk-17-jdk-headless ]';
  const { calls } = install({ ...root, "dpkg-query": "exit 1", "apt-cache": noSeventeen });
  expect(calls[1]).toMatch(/ maven openjdk-21-jdk-headless$/);
});

test("it fails and says why where it may not install", () => {
  const { status, stderr } = install({ ...root, id: "echo 1000", sudo: "exit 1", "dpkg-query": "exit 1" });
  expect(status).toBe(1);
  expect(stderr).toContain("missing: maven jdk. Run this as root");
});

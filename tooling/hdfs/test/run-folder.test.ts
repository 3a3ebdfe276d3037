import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { processFacts, type ProcessIdentity } from "../src/process-identity.ts";
import { removeStaleRuns } from "../src/run-folder.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const self = processFacts(process.pid) as ProcessIdentity;
const dead: ProcessIdentity = { pid: self.pid, started: "another process that had this id" };

function folderOfRuns(runs: Readonly<Record<string, unknown>>): string {
  const folder = temporaryFolder();
  for (const [name, record] of Object.entries(runs)) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "run.json"), JSON.stringify(record));
  }
  return folder;
}

test("a run whose owner lives is left alone, one whose owner died is removed", async () => {
  const runs = folderOfRuns({ living: { owner: self, roles: [] }, dead: { owner: dead, roles: [] } });
  await removeStaleRuns(runs);
  expect(readdirSync(runs)).toEqual(["living"]);
});

test("a role that outlived its owner is killed, a process that only has its id is not", async () => {
  const child = spawn("sleep", ["60"]);
  await once(child, "spawn");
  const role = processFacts(child.pid ?? 0) as ProcessIdentity;
  await removeStaleRuns(folderOfRuns({ run: { owner: dead, roles: [{ ...role, started: "earlier" }] } }));
  expect(processFacts(role.pid)).toBeDefined();
  const exited = once(child, "exit");
  await removeStaleRuns(folderOfRuns({ run: { owner: dead, roles: [role] } }));
  await exited;
  expect(child.signalCode).toBe("SIGKILL");
});

import { renameSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder } from "./cache.ts";
import { isAlive, processFacts, signalProcess, type ProcessIdentity } from "./process-identity.ts";

/** Who made a run folder, and which processes belong to it. */
interface RunRecord {
  readonly owner: ProcessIdentity;
  readonly roles: readonly ProcessIdentity[];
}

const recordName = "run.json";

/**
 * The folder of one bed, with all its data and logs, and a record of the processes that work in it, so that a
 * later run can clean up after an owner that died without doing so.
 */
export class RunFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Makes a new folder, and first ends and removes what dead owners left behind. */
  static async create(): Promise<RunFolder> {
    const runs = join(cacheFolder(), "runs");
    await mkdir(runs, { recursive: true });
    await removeStaleRuns(runs);
    const folder = new RunFolder(await mkdtemp(join(runs, "run-")));
    folder.record([]);
    return folder;
  }

  /** Writes down which processes there are, at once: the next moment this one may be killed. */
  record(pids: readonly number[]): void {
    const identities = [process.pid, ...pids].map((pid) => processFacts(pid));
    const [owner, ...roles] = identities.map((facts) => ({ pid: facts?.pid, started: facts?.started }));
    const unfinished = join(this.path, `${recordName}.unfinished`);
    writeFileSync(unfinished, JSON.stringify({ owner, roles: roles.filter(({ pid }) => pid !== undefined) }));
    renameSync(unfinished, join(this.path, recordName));
  }

  /** Removes it with everything in it. */
  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Ends the processes and removes the folders of runs whose owner is dead. */
export async function removeStaleRuns(runs: string): Promise<void> {
  for (const name of await readdir(runs)) {
    const record = await readRecord(join(runs, name, recordName));
    if (record === undefined || isAlive(record.owner)) continue;
    for (const role of record.roles) signalProcess(role, "SIGKILL");
    await rm(join(runs, name), { recursive: true, force: true, maxRetries: 5 });
  }
}

async function readRecord(path: string): Promise<RunRecord | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as RunRecord;
  } catch (error) {
    // Being made or removed by its owner this very moment.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { SewerError } from "@sewer/core";
import { testbedErrors } from "./errors.ts";

/**
 * The folder of everything that outlives a run: Hadoop's jars, the formatted name directory, class data, and
 * the folders of beds that run. `SEWER_HADOOP_CACHE`, else `~/.cache/sewer/hadoop-3.4.2`.
 */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return resolve(env["SEWER_HADOOP_CACHE"] || join(homedir(), ".cache/sewer/hadoop-3.4.2"));
}

/**
 * Makes `folder` once, whoever asks: `fill` gets an empty folder beside it, which takes its name when it is
 * complete; what a killed process left unfinished is thrown away. Others wait meanwhile. The lock is SQLite's on a file, so it ends with its holder, however that ends.
 */
export async function fillOnce(
  folder: string,
  fill: (empty: string) => Promise<void>,
  waitMsMax: number,
): Promise<void> {
  if (existsSync(folder)) return;
  await mkdir(dirname(folder), { recursive: true });
  const lock = await waitForLock(`${folder}.lock`, waitMsMax);
  try {
    if (existsSync(folder)) return;
    const unfinished = `${folder}.unfinished`;
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished);
    await fill(unfinished);
    await rename(unfinished, folder);
  } finally {
    lock.close();
  }
}

async function waitForLock(path: string, waitMsMax: number): Promise<DatabaseSync> {
  const limit = AbortSignal.timeout(waitMsMax);
  for (;;) {
    const lock = tryLock(path);
    if (lock !== undefined) return lock;
    if (limit.aborted) {
      throw new SewerError(
        testbedErrors.prepare,
        `Another process holds ${path} and was not done after ${waitMsMax} ms. Find it and end it.`,
      );
    }
    await delay(100);
  }
}

/** Locks a file until `close()` or the end of this process; undefined when another one holds it. */
export function tryLock(path: string): DatabaseSync | undefined {
  const lock = new DatabaseSync(path, { timeout: 0 });
  try {
    lock.exec("BEGIN EXCLUSIVE");
    return lock;
  } catch (error) {
    lock.close();
    if (/database is locked/.test((error as Error).message)) return undefined;
    throw error;
  }
}

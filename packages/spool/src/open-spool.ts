import { join } from "node:path";
import { SewerError, sleep, type FileSystem } from "@sewer/core";
import { newIncarnation } from "./batch-id.ts";
import { spoolErrors } from "./errors.ts";
import { codeOf, ensureDirectory, isMissing, messageOf } from "./file-access.ts";
import { rooms, writerLockName } from "./rooms.ts";
import { sqliteLocks } from "./sqlite-locks.ts";
import type { SpoolWriter, SpoolWriterOptions } from "./writer.ts";
import { SegmentWriter, type SegmentWriterStart } from "./writer/segment-writer.ts";

const startAttempts = 16;
// Longer than any walk but that of a huge backlog, which must not hold up the first 204.
const firstMeasureWithinMs = 1000;

/**
 * Opens a spool directory for writing. Any number of writers may share one; each has a directory of its own
 * in it, new at every start.
 *
 * @throws SewerError `SEWER_SPOOL_NOT_WRITABLE` when the directory cannot be used.
 */
export async function openSpool(options: SpoolWriterOptions): Promise<SpoolWriter> {
  const { dir, fs } = options;
  const start = await writableOr(dir, async () => {
    await makeRooms(fs, dir);
    return startIncarnation(options);
  });
  const writer = new SegmentWriter(options, start);
  const measured = new AbortController();
  void writer.watchRoom().finally(() => measured.abort());
  await sleep(options.clock, firstMeasureWithinMs, measured.signal);
  return writer;
}

/** Makes the directories that every user of a spool needs. */
export async function makeRooms(fs: FileSystem, dir: string): Promise<void> {
  await ensureDirectory(fs, dir).catch((error: unknown) => {
    // Whoever may not read the directory above did not make this one.
    if (codeOf(error) !== "EACCES") throw error;
  });
  await ensureDirectory(fs, rooms.writers(dir));
  await ensureDirectory(fs, rooms.sinks(dir));
}

/** Runs a step of opening, saying what to do when the directory cannot be used. */
export async function writableOr<Result>(dir: string, step: () => Promise<Result>): Promise<Result> {
  try {
    return await step();
  } catch (cause) {
    const message = `the spool directory ${dir} cannot be used: ${messageOf(cause)}; make it a directory that this user may write`;
    const context = { dir, cause: codeOf(cause) };
    throw new SewerError(spoolErrors.notWritable, message, { retry: "permanent", context, cause });
  }
}

/**
 * Takes a new directory below `w/`. The delivery half may come between making and locking it: it locks
 * directories that nobody holds and removes them when they are empty. Then another one is taken.
 */
async function startIncarnation(options: SpoolWriterOptions): Promise<SegmentWriterStart> {
  const { dir, fs, clock, random, locks = sqliteLocks } = options;
  for (let attempt = 1; ; attempt++) {
    const incarnation = newIncarnation(clock, random);
    const directory = rooms.writer(dir, incarnation);
    await fs.mkdir(directory);
    try {
      const lock = locks.acquire(join(directory, writerLockName));
      if (lock !== undefined) {
        if (await isStillThere(fs, directory)) return { incarnation, lock };
        lock.release();
      }
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    if (attempt === startAttempts) throw new Error(`no new directory of ${startAttempts} could be kept`);
  }
}

/** Makes the new name durable; false when the directory was removed before it was locked. */
async function isStillThere(fs: FileSystem, directory: string): Promise<boolean> {
  try {
    await fs.stat(join(directory, writerLockName));
    await fs.syncDirectory(join(directory, ".."));
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

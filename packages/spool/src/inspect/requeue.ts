import { join } from "node:path";
import { isSewerError, SewerError, type FileSystem } from "@sewer/core";
import { moveFiles } from "../drain/quarantine.ts";
import { spoolErrors } from "../errors.ts";
import { inodeOf, isMissing, listDirectory, messageOf, unlinkIfThere } from "../file-access.ts";
import type { LockProvider } from "../lock-provider.ts";
import { endings, isSinkName, rooms } from "../rooms.ts";
import { sqliteLocks } from "../sqlite-locks.ts";

/** What {@link requeueBatches} needs. */
export interface RequeueOptions {
  readonly fs: FileSystem;
  /** Only what lies in this sink's quarantine; otherwise in that of any sink. */
  readonly sink?: string;
  /** @default {@link sqliteLocks} */
  readonly locks?: LockProvider;
}

/** A batch that waits for a sink again. */
export interface RequeuedBatch {
  readonly batchId: string;
  readonly sink: string;
}

/**
 * Moves batches from quarantine back into the rooms of their sinks, with their journals, so that the next
 * start delivers them. The spool's delivery lock is held meanwhile. Every step is durable before the next one;
 * after a crash a batch is in one place after the next start of the delivery half, and requeuing it again
 * finishes what was left.
 *
 * @returns what waits again; a batch that was in quarantine for two sinks comes twice.
 * @throws SewerError `SEWER_SPOOL_LOCKED` while a delivery half runs, `SEWER_SPOOL_NOT_IN_QUARANTINE` when one
 * of the batches is not there (then none is moved), `SEWER_SPOOL_NOT_DURABLE` when the disk refuses.
 */
export async function requeueBatches(
  dir: string,
  batchIds: readonly string[],
  options: RequeueOptions,
): Promise<readonly RequeuedBatch[]> {
  const { fs, locks = sqliteLocks } = options;
  const lock = await durably(dir, async () => {
    // Not even a lock file is made where there is no spool.
    if (await isDirectory(fs, rooms.quarantine(dir))) return locks.acquire(rooms.drainLock(dir));
    throw notInQuarantine(dir, batchIds);
  });
  if (lock === undefined) {
    const message = `a server delivers from the spool directory ${dir}; stop it, requeue, and start it again`;
    throw new SewerError(spoolErrors.locked, message, { retry: "permanent", context: { dir } });
  }
  try {
    return await durably(dir, () => requeueAll(dir, batchIds, options));
  } finally {
    lock.release();
  }
}

async function requeueAll(
  dir: string,
  batchIds: readonly string[],
  { fs, sink }: RequeueOptions,
): Promise<readonly RequeuedBatch[]> {
  const names = await listDirectory(fs, rooms.quarantine(dir));
  const sinks = names.filter((name) => isSinkName(name) && (sink === undefined || name === sink));
  const found: RequeuedBatch[] = [];
  const missing: string[] = [];
  for (const batchId of new Set(batchIds)) {
    const before = found.length;
    for (const name of sinks)
      if (await isThere(fs, dir, { batchId, sink: name })) found.push({ batchId, sink: name });
    if (found.length === before) missing.push(batchId);
  }
  if (missing.length > 0) throw notInQuarantine(dir, missing);
  for (const batch of found) await requeue(fs, dir, batch);
  return found;
}

/** True for a batch in quarantine, and for one that waits again: a crash may have left some of it to do. */
async function isThere(fs: FileSystem, dir: string, { batchId, sink }: RequeuedBatch): Promise<boolean> {
  for (const room of [rooms.quarantineOf(dir, sink), rooms.sink(dir, sink)]) {
    if ((await inodeOf(fs, join(room, batchId + endings.sealed))) !== undefined) return true;
  }
  return false;
}

/**
 * The segment has both names until the journal has its new one too, and until then the next start takes the
 * batch for one on its way to quarantine. The reason goes last.
 */
async function requeue(fs: FileSystem, dir: string, { batchId, sink }: RequeuedBatch): Promise<void> {
  const from = rooms.quarantineOf(dir, sink);
  const to = rooms.sink(dir, sink);
  await moveFiles(fs, { from, to, files: [batchId + endings.sealed, batchId + endings.journal] });
  await unlinkIfThere(fs, join(from, batchId + endings.reason));
  await fs.syncDirectory(from);
}

async function isDirectory(fs: FileSystem, path: string): Promise<boolean> {
  try {
    return (await fs.stat(path)).isDirectory;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function notInQuarantine(dir: string, batchIds: readonly string[]): SewerError {
  const message = `not in quarantine in ${dir}: ${batchIds.join(", ")}; "sewer spool ls --state quarantined" lists what is (what is damaged cannot be requeued)`;
  return new SewerError(spoolErrors.notInQuarantine, message, { retry: "permanent", context: { dir } });
}

async function durably<Result>(dir: string, step: () => Promise<Result>): Promise<Result> {
  try {
    return await step();
  } catch (cause) {
    if (isSewerError(cause)) throw cause;
    const message = `batches could not be requeued in ${dir}: ${messageOf(cause)}; check the disk and do it again`;
    throw new SewerError(spoolErrors.notDurable, message, { context: { dir }, cause });
  }
}

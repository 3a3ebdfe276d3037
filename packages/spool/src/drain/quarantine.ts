import { dirname, join } from "node:path";
import type { FileSystem } from "@sewer/core";
import { endings, rooms } from "../rooms.ts";
import { ensureDirectory, inodeOf, linkOnce, unlinkIfThere, writeFully } from "../file-access.ts";

/** Files that change their directory together. */
export interface Move {
  readonly from: string;
  readonly to: string;
  /** The segment first; what belongs to it after. Missing ones are passed over. */
  readonly files: readonly [segment: string, ...others: string[]];
}

/** A batch and its journal out of the room of a sink. */
export function quarantineMove(dir: string, sink: string, batchId: string): Move {
  const files = [batchId + endings.sealed, batchId + endings.journal] as const;
  return { from: rooms.sink(dir, sink), to: rooms.quarantineOf(dir, sink), files };
}

/** What is written beside the files. */
export interface QuarantineReason {
  readonly batch: string;
  readonly sink: string;
  readonly reason: string;
  readonly records: number;
  /** Epoch milliseconds. */
  readonly time: number;
}

/** Moves files out of the way, with `<batch>.reason`, a JSON object, beside them. */
export async function moveToQuarantine(fs: FileSystem, move: Move, reason: QuarantineReason): Promise<void> {
  await linkIntoQuarantine(fs, move, reason);
  await unlinkMoved(fs, move);
}

/** The first half of it: from here on the files are in quarantine, whatever becomes of their old names. */
export async function linkIntoQuarantine(
  fs: FileSystem,
  move: Move,
  reason: QuarantineReason,
): Promise<void> {
  await ensureRoom(fs, move);
  await writeReason(fs, join(move.to, reason.batch + endings.reason), { v: 1, ...reason });
  await linkFiles(fs, move);
}

/**
 * Each file has its new name durably before it loses the old one, so a crash leaves both names, never none;
 * doing it again completes it.
 */
export async function moveFiles(fs: FileSystem, move: Move): Promise<void> {
  await ensureRoom(fs, move);
  await linkFiles(fs, move);
  await unlinkMoved(fs, move);
}

/**
 * The names of the new room and of the one above it on disk, whoever made them: a process that died, or another
 * move, whose sync has failed or not come yet. Else a power cut takes the room with all that was moved into it.
 */
async function ensureRoom(fs: FileSystem, { to }: Move): Promise<void> {
  await ensureDirectory(fs, dirname(to));
  await ensureDirectory(fs, to);
}

async function linkFiles(fs: FileSystem, { from, to, files }: Move): Promise<void> {
  for (const file of files) {
    if ((await inodeOf(fs, join(from, file))) === undefined) continue;
    if (await linkOnce(fs, join(from, file), join(to, file))) continue;
    throw new Error(`${join(to, file)} is another file than ${join(from, file)}; move one of them away`);
  }
  await fs.syncDirectory(to);
}

/** The second half of a move; it may be done again. */
export async function unlinkMoved(fs: FileSystem, { from, files }: Move): Promise<void> {
  for (const file of files) {
    await unlinkIfThere(fs, join(from, file));
    await fs.syncDirectory(from);
  }
}

/** True when the file has its name in the quarantine too: a move that a crash cut short. */
export async function isInQuarantine(
  fs: FileSystem,
  place: Pick<Move, "from" | "to">,
  file: string,
): Promise<boolean> {
  const inode = await inodeOf(fs, join(place.to, file));
  return inode !== undefined && inode === (await inodeOf(fs, join(place.from, file)));
}

async function writeReason(fs: FileSystem, path: string, reason: object): Promise<void> {
  const handle = await fs.open(path, "write-or-create");
  try {
    const bytes = Buffer.from(`${JSON.stringify(reason)}\n`, "utf8");
    await writeFully(handle, bytes, 0);
    await handle.truncate(bytes.length);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

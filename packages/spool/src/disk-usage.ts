import { join } from "node:path";
import type { FileStat, FileSystem } from "@sewer/core";
import { isMissing, listDirectory, namesIn } from "./file-access.ts";
import { endings, isLockFile, rooms } from "./rooms.ts";

// Small, and needed to get rid of the others.
const uncounted = [endings.journal, endings.try, endings.newTry];
const floorBytesMax = 1024 ** 3;
const floorShare = 0.05;

/** Bytes of all segments below a spool directory and of what is in quarantine, each file counted once. */
export async function bytesBelow(fs: FileSystem, dir: string): Promise<number> {
  const directories: string[] = [];
  for (const room of [rooms.writers(dir), rooms.sinks(dir), rooms.quarantine(dir)]) {
    for (const name of await listDirectory(fs, room)) directories.push(join(room, name));
  }
  const seen = new Set<bigint>();
  let bytes = 0;
  for (const directory of directories) {
    // The last one, mostly the backlog of the one sink, need not be remembered: no two names lie in one room.
    const isLast = directory === directories.at(-1);
    for await (const file of namesIn(fs, directory)) {
      if (isLockFile(file) || uncounted.some((ending) => file.endsWith(ending))) continue;
      const stat = await statIfThere(fs, join(directory, file));
      if (stat === undefined || stat.isDirectory || seen.has(stat.inode)) continue;
      if (!isLast) seen.add(stat.inode);
      bytes += stat.size;
    }
  }
  return bytes;
}

/** Free space that a disk of this size keeps: `minFreeBytes`, or by default 1 GiB, but at most 5 % of it. */
export function floorBytesOf(totalBytes: number, minFreeBytes: number | undefined): number {
  return minFreeBytes ?? Math.min(floorBytesMax, totalBytes * floorShare);
}

async function statIfThere(fs: FileSystem, path: string): Promise<FileStat | undefined> {
  try {
    return await fs.stat(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

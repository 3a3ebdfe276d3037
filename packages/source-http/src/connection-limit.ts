import type { FileSystem } from "@sewer/core";

/** Of the process's file descriptors, the part that clients may have. */
const clientShare = 0.8;
/** Where the limit cannot be read (no /proc). */
const connectionsFallback = 4096;
const connectionsCap = 1_000_000;

/** How many connections a source may have open: 80 % of the soft limit of open files (RLIMIT_NOFILE). */
export async function connectionsMaxOf(fs: FileSystem): Promise<number> {
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(await readLimits(fs))?.[1];
  if (soft === undefined) return connectionsFallback;
  return soft === "unlimited"
    ? connectionsCap
    : Math.min(Math.floor(Number(soft) * clientShare), connectionsCap);
}

async function readLimits(fs: FileSystem): Promise<string> {
  const buffer = Buffer.alloc(8192);
  try {
    const file = await fs.open("/proc/self/limits", "read");
    try {
      return buffer.toString("latin1", 0, await file.read(buffer, 0));
    } finally {
      await file.close();
    }
  } catch {
    // No such file system: the fallback is the answer.
    return "";
  }
}

import { dirname } from "node:path";
import type { FileHandle, FileSystem } from "@sewer/core";

/** Node's `code` of an error (`ENOENT`, `EIO` ...), or "" when it has none. */
export function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return "";
  return typeof error.code === "string" ? error.code : "";
}

/** The text of any error. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Writes all of `bytes`, however often the system takes only a part of them. */
export async function writeFully(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const written = await handle.write(done === 0 ? bytes : bytes.subarray(done), position + done);
    if (written === 0) throw Object.assign(new Error("the disk took no byte of a write"), { code: "EIO" });
    done += written;
  }
}

/** Reads into `target` until it is full or the file ends. @returns how many bytes came. */
export async function readFully(handle: FileHandle, target: Uint8Array, position: number): Promise<number> {
  let done = 0;
  while (done < target.length) {
    const read = await handle.read(target.subarray(done), position + done);
    if (read === 0) break;
    done += read;
  }
  return done;
}

/**
 * Makes a directory and the missing ones above it, each name durable before this settles. One that is there
 * may be seconds old, made by a process that died or has not synced its name yet: so that is synced, too.
 */
export async function ensureDirectory(fs: FileSystem, path: string): Promise<void> {
  try {
    await fs.mkdir(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT" && dirname(path) !== path) {
      await ensureDirectory(fs, dirname(path));
      // From the beginning: another process may have made it meanwhile.
      return ensureDirectory(fs, path);
    }
    if (codeOf(error) !== "EEXIST" || !(await fs.stat(path)).isDirectory) throw error;
  }
  await fs.syncDirectory(dirname(path));
}

/** Names in a directory in their order; none when there is no such directory. */
export async function listDirectory(fs: FileSystem, path: string): Promise<string[]> {
  return (await Array.fromAsync(namesIn(fs, path))).sort();
}

/** Names in a directory that may be large, one by one as the disk has them; none when there is no such directory. */
export async function* namesIn(fs: FileSystem, path: string): AsyncGenerator<string, void, undefined> {
  try {
    yield* fs.readdir(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/** Deletes a file. @returns false when there was none. */
export async function unlinkIfThere(fs: FileSystem, path: string): Promise<boolean> {
  try {
    await fs.unlink(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** The identity of a file; undefined when there is none. */
export async function inodeOf(fs: FileSystem, path: string): Promise<bigint | undefined> {
  try {
    return (await fs.stat(path)).inode;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Gives a file a second name. @returns false when another file has that name already. */
export async function linkOnce(fs: FileSystem, from: string, to: string): Promise<boolean> {
  try {
    await fs.link(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
    return (await inodeOf(fs, from)) === (await inodeOf(fs, to));
  }
}

/** True when an error says that the file, or a directory on its way, is not there. */
export function isMissing(error: unknown): boolean {
  return codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR";
}

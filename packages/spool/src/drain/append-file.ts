import { dirname } from "node:path";
import type { FileHandle, FileSystem } from "@sewer/core";
import { readFully, writeFully } from "../file-access.ts";

// Twice the longest entry: a note of 64 KiB.
const tailBytesMax = 128 * 1024;

/** Where the whole entries of a file end; what follows was torn by a crash. */
export type EndFinder = (handle: FileHandle, bytes: number) => Promise<number>;

/**
 * A file that only grows, each entry on disk before `append` settles. A torn end is cut off, durably, before
 * the next entry. The file is opened for each entry: entries are rare, and a handle whose sync failed must
 * never be synced again.
 *
 * The last entry that is found may be one whose sync failed before its process died: whole in the cache, clean and
 * not on disk. What is appended behind it would be lost with it, so it is written again with the first entry.
 */
export class AppendFile {
  readonly path: string;
  readonly #fs: FileSystem;
  readonly #findEnd: EndFinder;
  /** Length that is known to be on disk; undefined until the file was looked at. */
  #end: number | undefined;
  /** This process has synced the file with success. */
  #isTailDurable = false;
  #isNameDurable = false;
  #last: Promise<void> = Promise.resolve();

  constructor(fs: FileSystem, path: string, findEnd: EndFinder) {
    this.#fs = fs;
    this.path = path;
    this.#findEnd = findEnd;
  }

  /** Appends, after every entry that was given before. @throws Error when the file would grow over `bytesMax`. */
  append(bytes: Uint8Array, bytesMax = Infinity): Promise<void> {
    const entry = this.#last.then(() => this.#append(bytes, bytesMax));
    this.#last = entry.catch(() => {});
    return entry;
  }

  async #append(bytes: Uint8Array, bytesMax: number): Promise<void> {
    const handle = await this.#fs.open(this.path, "write-or-create");
    try {
      const size = (await handle.stat()).size;
      const end = this.#end ?? (await this.#findEnd(handle, size));
      if (end + bytes.length > bytesMax) throw new Error(`${this.path} would grow over ${bytesMax} bytes`);
      if (size > end) {
        await handle.truncate(end);
        await handle.datasync();
      }
      // Before the entry is tried: one whose sync fails lies there whole and may be lost, so it counts for nothing.
      this.#end = end;
      if (!this.#isTailDurable) await writeTailAgain(handle, end);
      await writeFully(handle, bytes, end);
      await handle.datasync();
      this.#isTailDurable = true;
      if (!this.#isNameDurable) await this.#fs.syncDirectory(dirname(this.path));
      this.#isNameDurable = true;
      this.#end = end + bytes.length;
    } finally {
      await handle.close();
    }
  }
}

async function writeTailAgain(handle: FileHandle, end: number): Promise<void> {
  const tail = Buffer.alloc(Math.min(end, tailBytesMax));
  const read = await readFully(handle, tail, end - tail.length);
  await writeFully(handle, tail.subarray(0, read), end - tail.length);
}

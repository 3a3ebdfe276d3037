import { dirname, join } from "node:path";
import { SewerError, type FileHandle, type FileSystem } from "@sewer/core";
import type {
  FileDifference,
  FileStore,
  FileUpload,
  PublishOutcome,
  VerifiedFile,
  WrittenFile,
} from "@sewer/file-store";
import { fileSinkErrors, fileSystemError, nodeCodeOf } from "./errors.ts";

/** Files are for others to read, within the umask. */
const filePermissions = 0o644;
const directoryPermissions = 0o755;
const readBytes = 1 << 20;

/**
 * Files of a local or mounted file system that has hard links: `link` is the one call that gives a second
 * name and never replaces one. Everything that is said to be written has been fsynced, names too.
 */
export class LocalFileStore implements FileStore {
  readonly #fs: FileSystem;
  readonly #directory: string;
  /** Directories that were made, whose name may not be on disk yet. */
  readonly #unsynced = new Set<string>();

  /** @param directory Absolute; every file will lie below it. */
  constructor(fs: FileSystem, directory: string) {
    this.#fs = fs;
    this.#directory = directory;
  }

  /** Finds out whether files can be made there, or in the nearest directory above it that is there. */
  async open(): Promise<void> {
    await this.#within(`${this.#directory} cannot be used`, async () => {
      let existing = this.#directory;
      while (!(await this.#isDirectory(existing))) existing = dirname(existing);
      const probe = join(existing, ".sewer-probe");
      await (await this.#fs.open(probe, "write-or-create")).close();
      await this.remove(probe);
    });
  }

  async close(): Promise<void> {}

  async write(upload: FileUpload, signal: AbortSignal): Promise<WrittenFile> {
    const { path, chunks } = upload;
    await this.#within(`${path} cannot be created`, () => this.#makeDirectory(dirname(path)));
    const file = await this.#within(`${path} cannot be created`, () =>
      this.#fs.open(path, "create-new", filePermissions),
    );
    let bytes = 0;
    try {
      for await (const chunk of chunks) {
        signal.throwIfAborted();
        await this.#within(`${path} cannot be written`, () => writeAll(file, chunk, bytes));
        bytes += chunk.length;
      }
      await this.#within(`${path} cannot be written`, () => file.datasync());
    } catch (error) {
      // The file is given up, so what its close says does not matter any more.
      await file.close().catch(() => {});
      throw error;
    }
    await this.#within(`${path} cannot be closed`, () => file.close());
    return { path, bytes };
  }

  async verify(written: WrittenFile): Promise<VerifiedFile> {
    const { path } = written;
    const { size, inode } = await this.#within(`${path} cannot be looked at`, () => this.#fs.stat(path));
    if (size === written.bytes) return { ...written, id: String(inode) };
    const message = `${path} has ${size} bytes after ${written.bytes} were written; it was not published`;
    throw new SewerError(fileSinkErrors.mismatch, message);
  }

  /** Inode numbers are used again, so what is there is judged by its content, not by them. */
  async publish({ path: from }: VerifiedFile, to: string): Promise<PublishOutcome> {
    let outcome: PublishOutcome = "published";
    try {
      await this.#fs.link(from, to);
    } catch (error) {
      const code = nodeCodeOf(error);
      if (code !== "EEXIST" && code !== "ENOENT") throw linkError(error, to);
      outcome = code === "EEXIST" || (await this.#isThere(to)) ? "exists" : "gone";
    }
    if (outcome === "gone") return outcome;
    await this.#within(`${to} cannot be published`, async () => {
      // Both names are of one file; without its temporary one it has the state that readers should find.
      if (outcome === "published") await this.#fs.unlink(from);
      await this.#fs.syncDirectory(dirname(to));
    });
    return outcome;
  }

  /** No call of this process is still on its way when another one is made. */
  async withdraw({ path }: VerifiedFile): Promise<"withdrawn"> {
    await this.remove(path);
    await this.#within(`${path} cannot be deleted`, () => this.#fs.syncDirectory(dirname(path)));
    return "withdrawn";
  }

  async difference({ path, bytes }: WrittenFile): Promise<FileDifference | undefined> {
    try {
      const { size } = await this.#fs.stat(path);
      return size === bytes ? undefined : { kind: "length", text: `has ${size} bytes, not ${bytes}` };
    } catch (error) {
      if (isMissing(error)) return { kind: "missing", text: "is not there" };
      throw fileSystemError(error, `${path} cannot be looked at`);
    }
  }

  async *read(path: string, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
    const doing = `${path} cannot be read`;
    const file = await this.#within(doing, () => this.#fs.open(path, "read"));
    try {
      for (let position = 0; ;) {
        signal.throwIfAborted();
        const buffer = Buffer.allocUnsafeSlow(readBytes);
        const count = await this.#within(doing, () => file.read(buffer, position));
        if (count === 0) return;
        position += count;
        yield buffer.subarray(0, count);
      }
    } finally {
      // Nothing was written through it.
      await file.close().catch(() => {});
    }
  }

  async remove(path: string): Promise<void> {
    try {
      await this.#fs.unlink(path);
    } catch (error) {
      if (!isMissing(error)) throw fileSystemError(error, `${path} cannot be deleted`);
    }
  }

  async list(directory: string, prefix: string): Promise<string[]> {
    try {
      return (await Array.fromAsync(this.#fs.readdir(directory))).filter((name) => name.startsWith(prefix));
    } catch (error) {
      if (isMissing(error)) return [];
      throw fileSystemError(error, `${directory} cannot be listed`);
    }
  }

  /** A disk that has failed once fails at the next try, too. */
  isWorthAnotherAttempt(): boolean {
    return false;
  }

  locationOf(path: string): string {
    return path;
  }

  /** Makes a directory and those above it, and brings their names to disk. */
  async #makeDirectory(directory: string): Promise<void> {
    if (!(await this.#isDirectory(directory))) {
      await this.#makeDirectory(dirname(directory));
      // Noted first: if the fsync fails, the next attempt finds the directory and must still do it.
      this.#unsynced.add(directory);
      await this.#fs.mkdir(directory, directoryPermissions).catch((error: unknown) => {
        if (nodeCodeOf(error) !== "EEXIST") throw error;
      });
    }
    if (!this.#unsynced.has(directory)) return;
    await this.#fs.syncDirectory(dirname(directory));
    this.#unsynced.delete(directory);
  }

  async #isThere(path: string): Promise<boolean> {
    try {
      await this.#fs.stat(path);
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw fileSystemError(error, `${path} cannot be looked at`);
    }
  }

  async #isDirectory(path: string): Promise<boolean> {
    try {
      const { isDirectory } = await this.#fs.stat(path);
      if (!isDirectory) throw Object.assign(new Error(`${path} is no directory`), { code: "ENOTDIR" });
      return true;
    } catch (error) {
      if (nodeCodeOf(error) === "ENOENT") return false;
      throw error;
    }
  }

  async #within<Result>(doing: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw fileSystemError(error, doing);
    }
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array, start: number): Promise<void> {
  for (let done = 0; done < chunk.length;) {
    const count = await file.write(chunk.subarray(done), start + done);
    if (count === 0) throw Object.assign(new Error("nothing could be written"), { code: "EIO" });
    done += count;
  }
}

function linkError(cause: unknown, path: string): SewerError {
  const code = nodeCodeOf(cause);
  if (code !== "EPERM" && code !== "ENOTSUP" && code !== "EOPNOTSUPP") {
    return fileSystemError(cause, `${path} cannot be published`);
  }
  const message = `${path} cannot be published: ${code}; the file system has no hard links, use another one`;
  return new SewerError(fileSinkErrors.noLinks, message, { cause });
}

function isMissing(error: unknown): boolean {
  return nodeCodeOf(error) === "ENOENT";
}

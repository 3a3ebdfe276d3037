import type { FileHandle, FileSystem } from "@sewer/core";
import { nodeFileSystem } from "@sewer/core/node";

/** A call of core's file system, or of a handle of it; `handle-stat` is the handle's `stat`. */
export type FaultOperation =
  | "open"
  | "read"
  | "write"
  | "datasync"
  | "truncate"
  | "handle-stat"
  | "close"
  | "mkdir"
  | "rmdir"
  | "readdir"
  | "stat"
  | "space"
  | "link"
  | "rename"
  | "unlink"
  | "syncDirectory";

/** What happens to one call: it goes through, fails with Node's `code`, or is a write of fewer bytes. */
export type FaultVerdict = undefined | { readonly code: string } | { readonly shortTo: number };

/**
 * A file system with a judge in front of every call: for tests of what happens when the k-th call fails, and
 * of the order of calls.
 */
export class FaultFileSystem implements FileSystem {
  readonly #base: FileSystem;
  /** Every call so far, in order; a link and a rename have the path that they make. */
  calls: { readonly operation: FaultOperation; readonly path: string }[] = [];
  /** Decides about each call before it is made; `call` is 1 for the first in {@link calls}. */
  judge: (operation: FaultOperation, path: string, call: number) => FaultVerdict = () => undefined;
  /** Calls that have not settled: while there are any, a test that moves the clock would race the disk. */
  underWay = 0;

  /** @param base Does the calls that are let through. Default: the real file system. */
  constructor(base: FileSystem = nodeFileSystem) {
    this.#base = base;
  }

  open(...[path, mode, permissions]: Parameters<FileSystem["open"]>): Promise<FileHandle> {
    return this.#call("open", path, async () =>
      this.#wrap(await this.#base.open(path, mode, permissions), path),
    );
  }

  mkdir(path: string, permissions?: number): Promise<void> {
    return this.#call("mkdir", path, () => this.#base.mkdir(path, permissions));
  }

  rmdir(path: string): Promise<void> {
    return this.#call("rmdir", path, () => this.#base.rmdir(path));
  }

  async *readdir(path: string): AsyncGenerator<string, void, undefined> {
    yield* await this.#call("readdir", path, () => Array.fromAsync(this.#base.readdir(path)));
  }

  stat(path: string): ReturnType<FileSystem["stat"]> {
    return this.#call("stat", path, () => this.#base.stat(path));
  }

  space(path: string): ReturnType<FileSystem["space"]> {
    return this.#call("space", path, () => this.#base.space(path));
  }

  link(from: string, to: string): Promise<void> {
    return this.#call("link", to, () => this.#base.link(from, to));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#call("rename", to, () => this.#base.rename(from, to));
  }

  unlink(path: string): Promise<void> {
    return this.#call("unlink", path, () => this.#base.unlink(path));
  }

  syncDirectory(path: string): Promise<void> {
    return this.#call("syncDirectory", path, () => this.#base.syncDirectory(path));
  }

  /** @param work gets the number of bytes to which a write is cut. */
  async #call<Result>(
    operation: FaultOperation,
    path: string,
    work: (bytesMax: number) => Promise<Result>,
  ): Promise<Result> {
    this.underWay += 1;
    try {
      return await work(this.#check(operation, path));
    } finally {
      this.underWay -= 1;
    }
  }

  /** @returns to how many bytes a write is cut. */
  #check(operation: FaultOperation, path: string): number {
    this.calls.push({ operation, path });
    const verdict = this.judge(operation, path, this.calls.length);
    if (verdict === undefined) return Infinity;
    if ("shortTo" in verdict) return verdict.shortTo;
    throw Object.assign(new Error(`${verdict.code}: ${operation} ${path}`), { code: verdict.code });
  }

  #wrap(handle: FileHandle, path: string): FileHandle {
    return {
      read: (buffer, position) => this.#call("read", path, () => handle.read(buffer, position)),
      write: (buffer, position) =>
        this.#call("write", path, (bytesMax) => handle.write(buffer.subarray(0, bytesMax), position)),
      datasync: () => this.#call("datasync", path, () => handle.datasync()),
      truncate: (length) => this.#call("truncate", path, () => handle.truncate(length)),
      stat: () => this.#call("handle-stat", path, () => handle.stat()),
      // The handle goes in any case, as close(2) does.
      close: async () => {
        await handle.close();
        await this.#call("close", path, () => Promise.resolve());
      },
    };
  }
}

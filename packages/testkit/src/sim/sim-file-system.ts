import type { FileHandle, FileStat, FileSystem, OpenMode } from "@sewer/core";
import type { FaultOperation } from "../fault-file-system.ts";
import { nodeError, type DiskState } from "./disk-state.ts";
import type { SimCall, SimDisk } from "./sim-disk.ts";

/** Locks that die with their simulated process; the form is that of the spool's `LockProvider`. */
export interface SimLocks {
  /** Takes the lock that a file stands for, making the file; undefined when it is held. */
  acquire(path: string): { release(): void } | undefined;
}

/** The file system as one simulated process sees it. Paths are absolute, with `/`. */
export class SimFileSystem implements FileSystem {
  /** Locks of this process. As with fcntl, closing any handle of a lock's file in this process frees it. */
  readonly locks: SimLocks = { acquire: (path) => this.#acquire(path) };
  /** @internal The lock files of this process, by path. */
  readonly held = new Map<string, number>();
  readonly #disk: SimDisk;
  #isKilled = false;

  constructor(disk: SimDisk) {
    this.#disk = disk;
  }

  /** True once {@link kill} was called. */
  get isKilled(): boolean {
    return this.#isKilled;
  }

  /** `kill -9` of this process alone: its calls never settle, its locks are free. */
  kill(): void {
    this.#isKilled = true;
    this.#disk.dropped(this);
  }

  async open(path: string, mode: OpenMode): Promise<FileHandle> {
    const inode = await this.#call("open", path, (state) => state.open(path, mode));
    return this.#handle(inode, path);
  }

  mkdir(path: string): Promise<void> {
    return this.#call("mkdir", path, (state) => state.mkdir(path));
  }

  rmdir(path: string): Promise<void> {
    return this.#call("rmdir", path, (state) => state.rmdir(path));
  }

  async *readdir(path: string): AsyncGenerator<string, void, undefined> {
    yield* await this.#call("readdir", path, (state) => state.readdir(path));
  }

  stat(path: string): Promise<FileStat> {
    return this.#call("stat", path, (state) => state.stat(state.lookup(path)));
  }

  /** Always the same: this disk never fills. A full one is a matter of `SimDisk.judge`. */
  space(path: string): Promise<{ freeBytes: number; totalBytes: number }> {
    return this.#call("space", path, () => ({ freeBytes: 2 ** 40, totalBytes: 2 ** 41 }));
  }

  link(from: string, to: string): Promise<void> {
    return this.#call("link", to, (state) => state.link(from, to));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#call("rename", to, (state) => state.rename(from, to));
  }

  unlink(path: string): Promise<void> {
    return this.#call("unlink", path, (state) => state.unlink(path));
  }

  syncDirectory(path: string): Promise<void> {
    return this.#call("syncDirectory", path, (state) => state.syncDirectory(path));
  }

  #call<Result>(
    operation: FaultOperation,
    path: string,
    work: (state: DiskState) => Result,
  ): Promise<Result> {
    return this.#disk.call(this, { operation, path }, work);
  }

  #handle(inode: number, path: string): FileHandle {
    let isOpen = true;
    const call = <Result>(
      about: Pick<SimCall, "operation" | "bytes" | "position">,
      work: (state: DiskState, bytesMax: number) => Result,
    ): Promise<Result> => {
      if (!isOpen) return Promise.reject(nodeError("EBADF", about.operation, path));
      return this.#disk.call(this, { ...about, path, inode }, work);
    };
    return {
      read: (buffer, position) => call({ operation: "read" }, (state) => state.read(inode, buffer, position)),
      write: (bytes, position) =>
        call({ operation: "write", bytes, position }, (state, bytesMax) =>
          state.write(inode, bytes.subarray(0, bytesMax), position),
        ),
      datasync: () => call({ operation: "datasync" }, (state) => state.datasync(inode)),
      truncate: (length) => call({ operation: "truncate" }, (state) => state.truncate(inode, length)),
      stat: () => call({ operation: "handle-stat" }, (state) => state.stat(inode)),
      close: () => {
        const closed = call({ operation: "close" }, () => this.#disk.unlock(this, inode));
        isOpen = false;
        return closed;
      },
    };
  }

  #acquire(path: string): { release(): void } | undefined {
    if (this.held.has(path) || !this.#disk.lock(this, path)) return undefined;
    return {
      release: () => {
        const inode = this.held.get(path);
        if (inode === undefined) return;
        this.held.delete(path);
        this.#disk.unlock(this, inode);
      },
    };
  }
}

import type { FileHandle, FileSystem } from "@sewer/core";
import { nodeFileSystem } from "@sewer/core/node";

export type Operation =
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
  | "link"
  | "rename"
  | "unlink"
  | "syncDirectory";

/** What a test does to one call: let it through, fail it, or make a write short. */
export type Verdict = undefined | { readonly code: string } | { readonly shortTo: number };

/** The real file system without its syncs, for the many rounds of tests that no power cut ends. */
export const fastFileSystem: FileSystem = {
  ...nodeFileSystem,
  async open(path, mode, permissions) {
    const handle = await nodeFileSystem.open(path, mode, permissions);
    return Object.assign(handle, { datasync: () => Promise.resolve() });
  },
  syncDirectory: () => Promise.resolve(),
};

/** The real file system with a judge in front of every call. */
export class FaultFileSystem implements FileSystem {
  readonly #base: FileSystem;
  calls: { readonly operation: Operation; readonly path: string }[] = [];
  judge: (operation: Operation, path: string, call: number) => Verdict = () => undefined;

  constructor(base: FileSystem = nodeFileSystem) {
    this.#base = base;
  }

  async open(...[path, mode, permissions]: Parameters<FileSystem["open"]>): Promise<FileHandle> {
    this.#check("open", path);
    return this.#wrap(await this.#base.open(path, mode, permissions), path);
  }

  async mkdir(path: string, permissions?: number): Promise<void> {
    this.#check("mkdir", path);
    await this.#base.mkdir(path, permissions);
  }

  async rmdir(path: string): Promise<void> {
    this.#check("rmdir", path);
    await this.#base.rmdir(path);
  }

  async readdir(path: string): Promise<string[]> {
    this.#check("readdir", path);
    return this.#base.readdir(path);
  }

  async stat(path: string): ReturnType<FileSystem["stat"]> {
    this.#check("stat", path);
    return this.#base.stat(path);
  }

  async link(from: string, to: string): Promise<void> {
    this.#check("link", to);
    await this.#base.link(from, to);
  }

  async rename(from: string, to: string): Promise<void> {
    this.#check("rename", to);
    await this.#base.rename(from, to);
  }

  async unlink(path: string): Promise<void> {
    this.#check("unlink", path);
    await this.#base.unlink(path);
  }

  async syncDirectory(path: string): Promise<void> {
    this.#check("syncDirectory", path);
    await this.#base.syncDirectory(path);
  }

  /** @returns to how many bytes a write is cut. */
  #check(operation: Operation, path: string): number {
    this.calls.push({ operation, path });
    const verdict = this.judge(operation, path, this.calls.length);
    if (verdict === undefined) return Infinity;
    if ("shortTo" in verdict) return verdict.shortTo;
    throw Object.assign(new Error(`${verdict.code}: ${operation} ${path}`), { code: verdict.code });
  }

  #wrap(handle: FileHandle, path: string): FileHandle {
    const check = (operation: Operation): number => this.#check(operation, path);
    return {
      async read(buffer, position) {
        check("read");
        return handle.read(buffer, position);
      },
      async write(buffer, position) {
        const most = check("write");
        return handle.write(buffer.subarray(0, most), position);
      },
      async datasync() {
        check("datasync");
        await handle.datasync();
      },
      async truncate(length) {
        check("truncate");
        await handle.truncate(length);
      },
      async stat() {
        check("handle-stat");
        return handle.stat();
      },
      async close() {
        // The handle goes in any case, as close(2) does.
        await handle.close();
        check("close");
      },
    };
  }
}

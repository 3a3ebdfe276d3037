import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import type { FileHandle, FileSystem } from "@sewer/core";

/** A file system that knows what a power cut would leave of it: content and names that a sync has covered. */
export class SyncedBytes implements FileSystem {
  readonly #base: FileSystem;
  /** By path: content at the beginning of its last good sync. */
  readonly #content = new Map<string, Buffer>();
  readonly #names = new Set<string>();
  readonly #made = new Map<string, Set<string>>();
  /** Held back before the real sync, so that a test can look at what happens meanwhile. */
  beforeSync: (path: string) => Promise<void> = () => Promise.resolve();
  readonly readdir: FileSystem["readdir"];
  readonly stat: FileSystem["stat"];
  readonly space: FileSystem["space"];
  readonly mkdir: FileSystem["mkdir"];
  readonly rmdir: FileSystem["rmdir"];
  readonly link: FileSystem["link"];
  readonly unlink: FileSystem["unlink"];

  constructor(base: FileSystem) {
    this.#base = base;
    this.readdir = (path) => base.readdir(path);
    this.stat = (path) => base.stat(path);
    this.space = (path) => base.space(path);
    this.mkdir = (path, permissions) => base.mkdir(path, permissions);
    this.rmdir = (path) => base.rmdir(path);
    this.link = (from, to) => base.link(from, to);
    this.unlink = (path) => base.unlink(path);
  }

  /** True when a file with a durable name durably holds this text. */
  holds(text: string): boolean {
    for (const [path, content] of this.#content) {
      if (this.#names.has(path) && content.includes(text)) return true;
    }
    return false;
  }

  async open(...[path, mode, permissions]: Parameters<FileSystem["open"]>): Promise<FileHandle> {
    const handle = await this.#base.open(path, mode, permissions);
    const names = this.#made.get(dirname(path)) ?? new Set();
    this.#made.set(dirname(path), names.add(path));
    return {
      read: (buffer, position) => handle.read(buffer, position),
      write: (buffer, position) => handle.write(buffer, position),
      truncate: (length) => handle.truncate(length),
      stat: () => handle.stat(),
      close: () => handle.close(),
      datasync: async () => {
        const content = readFileSync(path);
        await this.beforeSync(path);
        await handle.datasync();
        this.#content.set(path, content);
      },
    };
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#base.rename(from, to);
    // Either name may survive: both hold the same.
    const content = this.#content.get(from);
    if (content !== undefined) this.#content.set(to, content);
    const names = this.#made.get(dirname(to)) ?? new Set();
    this.#made.set(dirname(to), names.add(to));
  }

  async syncDirectory(path: string): Promise<void> {
    const names = [...(this.#made.get(path) ?? [])];
    await this.#base.syncDirectory(path);
    for (const name of names) this.#names.add(name);
  }
}

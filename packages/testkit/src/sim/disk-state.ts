import type { OpenMode, Random } from "@sewer/core";
import {
  changed,
  durableDirectory,
  durableFile,
  emptyFile,
  synced,
  syncFailed,
  truncated,
  written,
  type DirectoryNode,
  type FileNode,
  type NameChange,
  type Node,
} from "./nodes.ts";
import { survivingContent, survivingNames } from "./power-cut.ts";

const rootInode = 1;

/** The error that Node would throw. */
export function nodeError(code: string, operation: string, path: string): Error {
  return Object.assign(new Error(`${code}: simulated, ${operation} '${path}'`), { code });
}

/** Every file and directory of a simulated disk, and how much of them a power cut would leave. */
export class DiskState {
  readonly #nodes: Map<number, Node>;
  #nextInode: number;

  constructor(nodes?: Map<number, Node>, nextInode = rootInode + 1) {
    this.#nodes = nodes ?? new Map([[rootInode, durableDirectory(new Map())]]);
    this.#nextInode = nextInode;
  }

  /** The same disk once more; changes of one do not show in the other. */
  copy(): DiskState {
    return new DiskState(new Map(this.#nodes), this.#nextInode);
  }

  /** The disk that the next start finds when the power fails now. */
  afterPowerCut(random: Random): DiskState {
    const stale = [...this.#nodes.values()].filter((node) => node.kind === "file" && node.content.length > 0);
    const contents = stale.map((node) => (node as FileNode).content);
    const nodes = new Map<number, Node>();
    const visit = (inode: number): void => {
      if (nodes.has(inode)) return;
      const node = this.#nodes.get(inode)!;
      if (node.kind === "file") {
        nodes.set(inode, durableFile(survivingContent(node, random, contents)));
        return;
      }
      const names = survivingNames(node, random);
      nodes.set(inode, durableDirectory(names));
      for (const child of names.values()) visit(child);
    };
    visit(rootInode);
    return new DiskState(nodes, this.#nextInode);
  }

  /** Paths of all files, in no particular order. */
  *paths(path = "", inode = rootInode): Generator<string> {
    for (const [name, child] of this.#directory(inode).names) {
      if (this.#nodes.get(child)!.kind === "file") yield `${path}/${name}`;
      else yield* this.paths(`${path}/${name}`, child);
    }
  }

  /** The inode at a path. @throws ENOENT, ENOTDIR. */
  lookup(path: string, operation = "stat"): number {
    let inode = rootInode;
    for (const name of path.split("/")) {
      if (name === "") continue;
      const node = this.#nodes.get(inode)!;
      if (node.kind !== "directory") throw nodeError("ENOTDIR", operation, path);
      const child = node.names.get(name);
      if (child === undefined) throw nodeError("ENOENT", operation, path);
      inode = child;
    }
    return inode;
  }

  content(inode: number): Buffer {
    return this.#file(inode).content;
  }

  /** True when no sync is missing on the way to this file and in it. */
  isDurable(path: string): boolean {
    let inode = rootInode;
    for (const name of path.split("/")) {
      if (name === "") continue;
      const { names, durable } = this.#directory(inode);
      const child = names.get(name);
      if (child === undefined || durable.get(name) !== child) return false;
      inode = child;
    }
    const { versions, ghosts } = this.#file(inode);
    return versions.length === 0 && ghosts.size === 0;
  }

  open(path: string, mode: OpenMode): number {
    const [parent, name] = this.#parent(path, "open");
    const inode = this.#directory(parent).names.get(name);
    if (inode !== undefined) {
      if (mode === "create-new") throw nodeError("EEXIST", "open", path);
      if (this.#nodes.get(inode)!.kind === "directory") throw nodeError("EISDIR", "open", path);
      return inode;
    }
    if (mode === "read" || mode === "write") throw nodeError("ENOENT", "open", path);
    return this.#make(parent, name, emptyFile);
  }

  read(inode: number, buffer: Uint8Array, position: number): number {
    const { content } = this.#file(inode);
    return position >= content.length ? 0 : content.copy(buffer, 0, position);
  }

  write(inode: number, bytes: Uint8Array, position: number): number {
    this.#nodes.set(inode, written(this.#file(inode), bytes, position));
    return bytes.length;
  }

  truncate(inode: number, length: number): void {
    this.#nodes.set(inode, truncated(this.#file(inode), length));
  }

  datasync(inode: number): void {
    this.#nodes.set(inode, synced(this.#file(inode)));
  }

  failDatasync(inode: number): void {
    this.#nodes.set(inode, syncFailed(this.#file(inode)));
  }

  stat(inode: number): { size: number; inode: bigint; isDirectory: boolean } {
    const node = this.#nodes.get(inode)!;
    const size = node.kind === "file" ? node.content.length : 0;
    return { size, inode: BigInt(inode), isDirectory: node.kind === "directory" };
  }

  mkdir(path: string): void {
    const [parent, name] = this.#parent(path, "mkdir");
    if (name === "" || this.#directory(parent).names.has(name)) throw nodeError("EEXIST", "mkdir", path);
    this.#make(parent, name, durableDirectory(new Map()));
  }

  rmdir(path: string): void {
    const inode = this.lookup(path, "rmdir");
    const node = this.#nodes.get(inode)!;
    if (node.kind === "file") throw nodeError("ENOTDIR", "rmdir", path);
    if (node.names.size > 0) throw nodeError("ENOTEMPTY", "rmdir", path);
    const [parent, name] = this.#parent(path, "rmdir");
    this.#change(parent, { kind: "remove", name });
  }

  readdir(path: string): string[] {
    const node = this.#nodes.get(this.lookup(path, "readdir"))!;
    if (node.kind === "file") throw nodeError("ENOTDIR", "readdir", path);
    return [...node.names.keys()];
  }

  link(from: string, to: string): void {
    const inode = this.lookup(from, "link");
    const [parent, name] = this.#parent(to, "link");
    if (this.#directory(parent).names.has(name)) throw nodeError("EEXIST", "link", to);
    this.#change(parent, { kind: "add", name, inode });
  }

  rename(from: string, to: string): void {
    const inode = this.lookup(from, "rename");
    const [source, oldName] = this.#parent(from, "rename");
    const [parent, name] = this.#parent(to, "rename");
    if (source !== parent) throw nodeError("EXDEV", "rename", to);
    if (this.#directory(parent).names.get(name) === inode) return;
    this.#change(parent, { kind: "rename", from: oldName, name, inode });
  }

  unlink(path: string): void {
    const inode = this.lookup(path, "unlink");
    if (this.#nodes.get(inode)!.kind === "directory") throw nodeError("EISDIR", "unlink", path);
    const [parent, name] = this.#parent(path, "unlink");
    this.#change(parent, { kind: "remove", name });
  }

  syncDirectory(path: string): void {
    const inode = this.lookup(path, "syncDirectory");
    this.#nodes.set(inode, durableDirectory(this.#directory(inode).names));
  }

  #parent(path: string, operation: string): [inode: number, name: string] {
    const end = path.lastIndexOf("/");
    const inode = this.lookup(path.slice(0, end), operation);
    if (this.#nodes.get(inode)!.kind === "file") throw nodeError("ENOTDIR", operation, path);
    return [inode, path.slice(end + 1)];
  }

  #make(parent: number, name: string, node: Node): number {
    const inode = this.#nextInode++;
    this.#nodes.set(inode, node);
    this.#change(parent, { kind: "add", name, inode });
    return inode;
  }

  #change(inode: number, change: NameChange): void {
    this.#nodes.set(inode, changed(this.#directory(inode), change));
  }

  #directory(inode: number): DirectoryNode {
    return this.#nodes.get(inode) as DirectoryNode;
  }

  #file(inode: number): FileNode {
    return this.#nodes.get(inode) as FileNode;
  }
}

/** Bytes that a disk writes together, or not at all. */
export const sectorBytes = 512;

/**
 * A file. `content` is what a reader sees; after a power cut each sector comes from `durable` or from one of
 * the `versions` that later writes made. No buffer is ever changed, so that disks can share them.
 */
export interface FileNode {
  readonly kind: "file";
  readonly content: Buffer;
  readonly durable: Buffer;
  /** The content after each write since the last sync that counted, oldest first. */
  readonly versions: readonly Buffer[];
  /** Sectors that a failed sync marked clean: no sync covers them before they are written again. */
  readonly ghosts: ReadonlySet<number>;
}

/** A change of names that no sync of the directory has covered. */
export type NameChange =
  | { readonly kind: "add"; readonly name: string; readonly inode: number }
  | { readonly kind: "remove"; readonly name: string }
  | { readonly kind: "rename"; readonly from: string; readonly name: string; readonly inode: number };

/** A directory: its names now, those that are durable, and what lies between the two, oldest first. */
export interface DirectoryNode {
  readonly kind: "directory";
  readonly names: ReadonlyMap<string, number>;
  readonly durable: ReadonlyMap<string, number>;
  readonly changes: readonly NameChange[];
}

/** What an inode number stands for. */
export type Node = FileNode | DirectoryNode;

const nothing = Buffer.alloc(0);
const noGhosts: ReadonlySet<number> = new Set();

/** A file without content. */
export const emptyFile: FileNode = {
  kind: "file",
  content: nothing,
  durable: nothing,
  versions: [],
  ghosts: noGhosts,
};

/** A file that is on disk as it is. */
export function durableFile(content: Buffer): FileNode {
  return { kind: "file", content, durable: content, versions: [], ghosts: noGhosts };
}

/** A directory that is on disk as it is. */
export function durableDirectory(names: ReadonlyMap<string, number>): DirectoryNode {
  return { kind: "directory", names, durable: names, changes: [] };
}

/** The file after bytes went to `position`; a gap before it reads as zeros. */
export function written(file: FileNode, bytes: Uint8Array, position: number): FileNode {
  const content = Buffer.alloc(Math.max(file.content.length, position + bytes.length));
  file.content.copy(content);
  content.set(bytes, position);
  return {
    ...file,
    content,
    versions: [...file.versions, content],
    ghosts: withoutGhosts(file, position, position + bytes.length),
  };
}

/** The file cut or extended to `length`. */
export function truncated(file: FileNode, length: number): FileNode {
  if (length === file.content.length) return file;
  const content = Buffer.alloc(length);
  file.content.copy(content);
  const ghosts = withoutGhosts(file, Math.min(length, file.content.length), Infinity);
  return { ...file, content, versions: [...file.versions, content], ghosts };
}

/** The file after a sync: everything is durable but what an earlier failure had marked clean. */
export function synced(file: FileNode): FileNode {
  if (file.ghosts.size === 0) return durableFile(file.content);
  const durable = Buffer.from(file.content);
  for (const sector of file.ghosts) {
    const start = sector * sectorBytes;
    const end = Math.min(start + sectorBytes, durable.length);
    if (start < end) durable.fill(0, start, end);
    copyRange(file.durable, durable, start, end);
  }
  return { ...file, durable, versions: [file.content] };
}

/** Copies the bytes from `start` to `end` to the same place, as far as both have them. */
export function copyRange(from: Buffer, to: Buffer, start: number, end: number): void {
  if (start < from.length && start < end) from.copy(to, start, start, end);
}

/** The file after a sync that failed: what it should have written counts as clean and is not durable. */
export function syncFailed(file: FileNode): FileNode {
  const ghosts = new Set(file.ghosts);
  const { content, durable } = file;
  // Not past the end: that a file became shorter is in its inode, which the next sync writes.
  for (let sector = 0; sector * sectorBytes < content.length; sector++) {
    const start = sector * sectorBytes;
    const now = content.subarray(start, start + sectorBytes);
    if (!now.equals(durable.subarray(start, start + sectorBytes))) ghosts.add(sector);
  }
  return { ...file, ghosts };
}

// What is written again is dirty again, whole sectors of it.
function withoutGhosts(file: FileNode, from: number, to: number): ReadonlySet<number> {
  if (file.ghosts.size === 0) return file.ghosts;
  const isClean = (sector: number): boolean =>
    (sector + 1) * sectorBytes <= from || sector * sectorBytes >= to;
  return new Set([...file.ghosts].filter(isClean));
}

/** The names after one change. */
export function applyChange(names: Map<string, number>, change: NameChange): void {
  if (change.kind === "remove") {
    names.delete(change.name);
    return;
  }
  if (change.kind === "rename") names.delete(change.from);
  names.set(change.name, change.inode);
}

/** The directory with one more change that is not synced. */
export function changed(directory: DirectoryNode, change: NameChange): DirectoryNode {
  const names = new Map(directory.names);
  applyChange(names, change);
  return { ...directory, names, changes: [...directory.changes, change] };
}

/** What `stat` tells. */
export interface FileStat {
  readonly size: number;
  /** Identity of the file, the same under every hard link. */
  readonly inode: bigint;
  readonly isDirectory: boolean;
}

/** An open file. Positions are explicit; nothing depends on a cursor. */
export interface FileHandle {
  /** Reads into `buffer` from `position`. @returns how many bytes came; 0 at the end. May be short. */
  read(buffer: Uint8Array, position: number): Promise<number>;
  /** Writes `buffer` at `position`. @returns how many bytes went. May be short. */
  write(buffer: Uint8Array, position: number): Promise<number>;
  /** fdatasync(2). After a failure nothing written since the last success may be trusted. */
  datasync(): Promise<void>;
  truncate(length: number): Promise<void>;
  stat(): Promise<FileStat>;
  /** Only while no other call is under way. */
  close(): Promise<void>;
}

/**
 * How a file is opened: for reading; created new for writing (fails with EEXIST); opened for writing,
 * must exist; opened for writing, created when missing.
 */
export type OpenMode = "read" | "create-new" | "write" | "write-or-create";

/**
 * The calls that durable code needs, and no more, so that a test can stand in for all of them. Failures are
 * Node's own errors with their `code` (ENOSPC, EIO ...). The real one: `nodeFileSystem` of `@sewer/core/node`.
 */
export interface FileSystem {
  /** @param permissions of a file that is created. Default 0o600. */
  open(path: string, mode: OpenMode, permissions?: number): Promise<FileHandle>;
  /** Creates one directory. @param permissions Default 0o700. */
  mkdir(path: string, permissions?: number): Promise<void>;
  rmdir(path: string): Promise<void>;
  /** Names in the directory, in no particular order, one by one: there may be more than fit in memory. */
  readdir(path: string): AsyncIterable<string>;
  stat(path: string): Promise<FileStat>;
  /** statfs(2): the size of the disk that `path` is on, and what of it an ordinary user can still fill. */
  space(path: string): Promise<{ readonly freeBytes: number; readonly totalBytes: number }>;
  /** A second name for a file; EEXIST when `to` is there. */
  link(from: string, to: string): Promise<void>;
  /** Replaces `to`. */
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** fsync(2) of a directory: only this makes its names durable. */
  syncDirectory(path: string): Promise<void>;
}

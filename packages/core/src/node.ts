import { write, type BigIntStats } from "node:fs";
import * as fs from "node:fs/promises";
import type { FileHandle, FileStat, FileSystem, OpenMode } from "./file-system.ts";

const flags: Record<OpenMode, string | number> = {
  read: "r",
  "create-new": "wx+",
  write: "r+",
  "write-or-create": fs.constants.O_RDWR | fs.constants.O_CREAT,
};

/** The real file system. */
export const nodeFileSystem: FileSystem = {
  async open(path, mode, permissions = 0o600) {
    return fileHandle(await fs.open(path, flags[mode], permissions));
  },
  mkdir: (path, permissions = 0o700) => fs.mkdir(path, permissions),
  rmdir: (path) => fs.rmdir(path),
  async *readdir(path) {
    for await (const { name } of await fs.opendir(path, { bufferSize: 256 })) yield name;
  },
  stat: async (path) => toFileStat(await fs.stat(path, { bigint: true })),
  async space(path) {
    const { bavail, blocks, bsize } = await fs.statfs(path);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  },
  link: (from, to) => fs.link(from, to),
  rename: (from, to) => fs.rename(from, to),
  unlink: (path) => fs.unlink(path),
  async syncDirectory(path) {
    const directory = await fs.open(path, "r");
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  },
};

function fileHandle(handle: fs.FileHandle): FileHandle {
  return {
    read: async (buffer, position) => (await handle.read(buffer, 0, buffer.length, position)).bytesRead,
    // With a callback it costs the main thread less than FileHandle.write (docs/benchmarks.md).
    write: (buffer, position) =>
      new Promise((resolve, reject) => {
        write(handle.fd, buffer, 0, buffer.length, position, (error, written) => {
          if (error === null) resolve(written);
          else reject(error);
        });
      }),
    datasync: () => handle.datasync(),
    truncate: (length) => handle.truncate(length),
    stat: async () => toFileStat(await handle.stat({ bigint: true })),
    close: () => handle.close(),
  };
}

function toFileStat(stat: BigIntStats): FileStat {
  return { size: Number(stat.size), inode: stat.ino, isDirectory: stat.isDirectory() };
}

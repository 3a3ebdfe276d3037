import type { FileHandle, FileSystem } from "@sewer/core";
import { nodeFileSystem } from "@sewer/core/node";

/** The real file system until {@link isBroken} is set: then segments cannot be synced (EIO). */
export class BreakableFileSystem {
  isBroken = false;

  /** What to hand to a flow. */
  readonly fs: FileSystem = {
    ...nodeFileSystem,
    open: async (path, mode, permissions) => {
      const handle = await nodeFileSystem.open(path, mode, permissions);
      return path.endsWith(".open") ? this.#breakable(handle) : handle;
    },
  };

  #breakable(handle: FileHandle): FileHandle {
    return {
      read: (buffer, position) => handle.read(buffer, position),
      write: (buffer, position) => handle.write(buffer, position),
      datasync: async () => {
        if (this.isBroken) throw Object.assign(new Error("EIO: the test broke the disk"), { code: "EIO" });
        return handle.datasync();
      },
      truncate: (length) => handle.truncate(length),
      stat: () => handle.stat(),
      close: () => handle.close(),
    };
  }
}

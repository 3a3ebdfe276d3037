import type { FileSystem } from "@sewer/core";
import { nodeFileSystem } from "@sewer/core/node";

/** The real file system without its syncs, for the many rounds of tests that no power cut ends. */
export const fastFileSystem: FileSystem = {
  ...nodeFileSystem,
  async open(path, mode, permissions) {
    const handle = await nodeFileSystem.open(path, mode, permissions);
    return Object.assign(handle, { datasync: () => Promise.resolve() });
  },
  syncDirectory: () => Promise.resolve(),
};

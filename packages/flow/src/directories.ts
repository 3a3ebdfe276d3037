import { dirname } from "node:path";
import type { FileSystem } from "@sewer/core";

/**
 * Makes the missing directories above `path`. A failure is left to whoever makes `path` itself, which then
 * fails too and can say what it was for.
 */
export async function makeParents(fs: FileSystem, path: string): Promise<void> {
  const parent = dirname(path);
  if (parent === path || (await exists(fs, parent))) return;
  await makeParents(fs, parent);
  await fs.mkdir(parent).catch(() => {});
}

async function exists(fs: FileSystem, path: string): Promise<boolean> {
  return fs.stat(path).then(
    () => true,
    () => false,
  );
}

import { readFileSync, watch } from "node:fs";
import { join } from "node:path";

/** What a file of a spool has become: its text, with its binary parts as Latin-1; undefined when it is gone. */
export interface SpoolChange {
  readonly file: string;
  readonly text: string | undefined;
}

/** Calls `act`, in the very turn, when a change in a directory is the one that is waited for. */
export async function onSpoolChange(
  directory: string,
  isIt: (change: SpoolChange) => boolean,
  act: () => void,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const watcher = watch(directory, (_event, file) => {
      if (file === null || !isIt({ file, text: textOf(join(directory, file)) })) return;
      act();
      watcher.close();
      resolve();
    });
    watcher.on("error", reject);
  });
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

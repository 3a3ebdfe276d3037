import { basename, dirname, join } from "node:path/posix";
import type { Clock, Random } from "@sewer/core";
import type { FileStore } from "./file-store.ts";
import { ulid, ulidPattern } from "./ulid.ts";

/**
 * A name for one attempt: `.<name>.<ULID>` in the directory of the final name, and so under the same quota,
 * in the same encryption zone and file system. Never used twice; MapReduce, Hive and Spark do not look at
 * names that begin with a dot.
 */
export function temporaryName(path: string, clock: Clock, random: Random): string {
  return join(dirname(path), temporaryPrefix(path) + ulid(clock, random));
}

/** The final name that a temporary one was made for. */
export function finalName(temporary: string): string {
  const name = basename(temporary);
  return join(dirname(temporary), name.slice(1, name.lastIndexOf(".")));
}

/** Deletes every temporary file of the file whose final name is `path`. */
export async function sweep(store: FileStore, path: string, signal: AbortSignal): Promise<void> {
  const directory = dirname(path);
  const prefix = temporaryPrefix(path);
  const isTemporary = new RegExp(`^${ulidPattern}$`);
  for (const name of await store.list(directory, prefix, signal)) {
    const isOurs = name.startsWith(prefix) && isTemporary.test(name.slice(prefix.length));
    if (isOurs) await store.remove(join(directory, name), signal);
  }
}

function temporaryPrefix(path: string): string {
  return `.${basename(path)}.`;
}

import type { Clock, Random } from "@sewer/core";
import type { FileStore } from "./file-store.ts";
import { ulid, ulidPattern } from "./ulid.ts";

/**
 * A name for one attempt: `.<name>.<ULID>` in the directory of the final name, and so under the same quota,
 * in the same encryption zone and file system. Never used twice; MapReduce, Hive and Spark do not look at
 * names that begin with a dot.
 */
export function temporaryName(path: string, clock: Clock, random: Random): string {
  return `${temporaryPrefix(path)}${ulid(clock, random)}`;
}

/** The final name that a temporary one was made for. */
export function finalName(temporary: string): string {
  const slash = temporary.lastIndexOf("/");
  return temporary.slice(0, slash + 1) + temporary.slice(slash + 2, temporary.lastIndexOf("."));
}

/** Deletes every temporary file of the file whose final name is `path`. */
export async function sweep(store: FileStore, path: string, signal: AbortSignal): Promise<void> {
  const slash = path.lastIndexOf("/");
  const prefix = temporaryPrefix(path).slice(slash + 1);
  const isTemporary = new RegExp(`^${ulidPattern}$`);
  for (const name of await store.list(path.slice(0, slash) || "/", prefix, signal)) {
    const isOurs = name.startsWith(prefix) && isTemporary.test(name.slice(prefix.length));
    if (isOurs) await store.remove(path.slice(0, slash + 1) + name, signal);
  }
}

function temporaryPrefix(path: string): string {
  const slash = path.lastIndexOf("/");
  return `${path.slice(0, slash + 1)}.${path.slice(slash + 1)}.`;
}

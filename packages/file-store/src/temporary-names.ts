import { basename, dirname, join } from "node:path/posix";
import type { Clock, Random } from "@sewer/core";
import type { FileStore } from "./file-store.ts";
import { ulid, ulidPattern } from "./ulid.ts";

/** A temporary file's name; the final one is its first group. */
const temporaryPattern = new RegExp(`^\\.(.+)\\.${ulidPattern}$`);

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
  for (const name of await store.list(directory, temporaryPrefix(path), signal)) {
    const isOurs = temporaryPattern.exec(name)?.[1] === basename(path);
    if (isOurs) await store.remove(join(directory, name), signal);
  }
}

/** The final names of all temporary files in a directory. */
export async function temporaryFilesIn(
  store: FileStore,
  directory: string,
  signal: AbortSignal,
): Promise<Set<string>> {
  const paths = new Set<string>();
  for (const name of await store.list(directory, ".", signal)) {
    const final = temporaryPattern.exec(name)?.[1];
    if (final !== undefined) paths.add(join(directory, final));
  }
  return paths;
}

function temporaryPrefix(path: string): string {
  return `.${basename(path)}.`;
}

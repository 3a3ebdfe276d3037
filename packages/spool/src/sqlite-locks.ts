import { accessSync, chmodSync, constants, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Lock, LockProvider } from "./lock-provider.ts";

// SQLite's primary result codes: the low byte of what it reports.
const primary = 0xff;
const busy = 5;
const cannotOpen = 14;

/**
 * Held here and nowhere else, for two reasons that cost others their locks: garbage collection of a
 * DatabaseSync closes it, and closing any handle of the file in this process frees the lock (that is how
 * fcntl locks work). The first needs a reference that lives as long as the module, the second that nobody
 * opens a file whose path is in here.
 */
const held = new Map<string, DatabaseSync>();

/**
 * Locks of the operating system that die with the process, `kill -9` included: an exclusive transaction on an
 * empty SQLite database takes an fcntl lock without a native add-on. Not to be relied on over NFS.
 */
export const sqliteLocks: LockProvider = {
  acquire(path: string): Lock | undefined {
    const key = join(realpathSync(dirname(path)), basename(path));
    if (held.has(key)) return undefined;
    const database = lockedDatabase(key);
    if (database === undefined) return undefined;
    held.set(key, database);
    return { release: () => release(key, database) };
  },
};

function lockedDatabase(path: string): DatabaseSync | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    // The journal in memory: no second file appears beside the lock.
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    chmodSync(path, 0o600);
    return database;
  } catch (error) {
    database?.close();
    const code = primaryCodeOf(error);
    if (code === busy) return undefined;
    if (code !== cannotOpen) throw error;
    // Gone since it was looked up, or not writable: this says which, in Node's words.
    accessSync(dirname(path), constants.W_OK);
    throw Object.assign(new Error(`cannot open the lock file ${path}`, { cause: error }), { code: "EACCES" });
  }
}

function primaryCodeOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode & primary : undefined;
}

function release(key: string, database: DatabaseSync): void {
  if (held.get(key) !== database) return;
  held.delete(key);
  database.close();
}

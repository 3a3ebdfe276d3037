import { SewerError } from "@sewer/core";
import type { Drain, DrainOptions } from "./drain.ts";
import { SpoolDrain } from "./drain/spool-drain.ts";
import { spoolErrors } from "./errors.ts";
import { makeRooms, writableOr } from "./open-spool.ts";
import { rooms } from "./rooms.ts";
import { sqliteLocks } from "./sqlite-locks.ts";

/**
 * Takes the delivery half of a spool directory. Settles once its lock is held; recovery and everything else
 * follows in the background.
 *
 * @throws SewerError `SEWER_SPOOL_LOCKED` when another drain has it, in this process or any other.
 * @throws SewerError `SEWER_SPOOL_NOT_WRITABLE` when the directory cannot be used.
 */
export async function openDrain(options: DrainOptions): Promise<Drain> {
  const { dir, fs, locks = sqliteLocks } = options;
  const lock = await writableOr(dir, async () => {
    await makeRooms(fs, dir);
    return locks.acquire(rooms.drainLock(dir));
  });
  if (lock !== undefined) return new SpoolDrain(options, lock);
  const message = `another process delivers from the spool directory ${dir}; stop it, or give this one a directory of its own`;
  throw new SewerError(spoolErrors.locked, message, { retry: "permanent", context: { dir } });
}

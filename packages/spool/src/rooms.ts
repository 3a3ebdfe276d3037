import { join } from "node:path";
import { isBatchId } from "./batch-id.ts";

/**
 * The names below a spool directory. They are the state machine: there is no index beside them.
 *
 * ```
 * w/<incarnation>/LOCK  <batch>.open <batch>.seal    one writer, one incarnation per start
 * DRAIN                                              lock of the one delivery half
 * RESERVE                                            room for receipts when the disk is full
 * q/<sink>/<batch>.seal .jnl .try                    one batch for one sink
 * quarantine/<sink>/<batch>.seal .jnl .reason        quarantine/_spool/ for what no sink had yet
 * receipts/YYYY-MM-DD.jsonl
 * ```
 */
export const rooms = {
  writers: (dir: string): string => join(dir, "w"),
  writer: (dir: string, incarnation: string): string => join(dir, "w", incarnation),
  drainLock: (dir: string): string => join(dir, "DRAIN"),
  reserve: (dir: string): string => join(dir, "RESERVE"),
  sinks: (dir: string): string => join(dir, "q"),
  sink: (dir: string, sink: string): string => join(dir, "q", sink),
  quarantine: (dir: string): string => join(dir, "quarantine"),
  quarantineOf: (dir: string, sink: string): string => join(dir, "quarantine", sink),
  receipts: (dir: string): string => join(dir, "receipts"),
} as const;

/** The file that a writer's lock stands for, in its directory. Nothing but a lock provider may open it. */
export const writerLockName = "LOCK";

/** Where damaged files of `w/` go; no sink can have this name. */
export const spoolQuarantine = "_spool";

/** Endings of the files that belong to a batch. */
export const endings = {
  open: ".open",
  sealed: ".seal",
  journal: ".jnl",
  try: ".try",
  newTry: ".try.new",
  reason: ".reason",
} as const;

/** True for a name that may become a directory of `q/`. */
export function isSinkName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name);
}

/** True for locks and for what SQLite may put beside them: opening one would free the lock. */
export function isLockFile(name: string): boolean {
  return /^(LOCK|DRAIN)/.test(name);
}

/** The batch id that a file name with this ending holds; undefined for any other name. */
export function batchIdIn(name: string, ending: string): string | undefined {
  if (!name.endsWith(ending)) return undefined;
  const id = name.slice(0, -ending.length);
  return isBatchId(id) ? id : undefined;
}

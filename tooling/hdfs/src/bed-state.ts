import { readFile, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { cacheFolder } from "./cache.ts";
import { isAlive, type ProcessIdentity } from "./process-identity.ts";
import type { RoleState } from "./role.ts";

/** The bed of the command line, as its supervisor wrote it down. */
export interface BedState {
  readonly supervisor: ProcessIdentity;
  readonly namenodeUrl: string;
  readonly fsUri: string;
  readonly user: string;
  /** For Hadoop's own clients. */
  readonly clientConfiguration: string;
  /** Data and logs. */
  readonly folder: string;
}

/** One role as `pnpm hdfs status` shows it. */
export interface RoleStatus {
  readonly name: string;
  readonly state: RoleState;
  readonly pid: number | null;
  readonly httpUrl: string;
}

/** Files of the bed that the command line runs. */
export interface BedFiles {
  readonly folder: string;
  /** Held locked by the supervisor for as long as it lives. */
  readonly lock: string;
  readonly state: string;
  /** Where the supervisor takes orders. */
  readonly socket: string;
  /** What the supervisor prints: nothing, as long as all is well. */
  readonly log: string;
}

/**
 * The paths of {@link BedFiles}: in `bed` of the cache folder, or in `SEWER_HDFS_BED`, so that there can be two
 * beds. A socket's path may have some 100 bytes only.
 */
export function bedFiles(): BedFiles {
  const folder = resolve(process.env["SEWER_HDFS_BED"] || join(cacheFolder(), "bed"));
  const at = join.bind(undefined, folder);
  return { folder, lock: at("lock"), state: at("state.json"), socket: at("socket"), log: at("log") };
}

/** Writes the state down as a whole. */
export async function writeBedState(state: BedState): Promise<void> {
  const path = bedFiles().state;
  await writeFile(`${path}.unfinished`, JSON.stringify(state));
  await rename(`${path}.unfinished`, path);
}

/** The bed that is up; undefined when there is none, or its supervisor has died. */
export async function readBedState(): Promise<BedState | undefined> {
  let text: string;
  try {
    text = await readFile(bedFiles().state, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const state = JSON.parse(text) as BedState;
  return isAlive(state.supervisor) ? state : undefined;
}

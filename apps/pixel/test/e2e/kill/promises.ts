import type { LoadResult } from "../load-client.ts";

/** The levels of `spool.durability`. */
export const levels = ["memory", "interval", "written", "group"] as const;

/** One of {@link levels}. */
export type Level = (typeof levels)[number];

/** Levels that answer before the event is written: a kill costs what is in memory. */
export const bufferedLevels = ["memory", "interval"] as const satisfies readonly Level[];

/**
 * The most bytes of events that a process may hold answered but not written: the spool's pool of buffers. In
 * practice it holds what comes in 10 ms and during one write, but how long that takes is up to the machine.
 */
export const bufferedBytesMax = 16 * 1024 * 1024;

/** Keys of the events that were acknowledged and are not delivered. */
export function lostOf(load: LoadResult, delivered: ReadonlyMap<string, number>): string[] {
  return load.acknowledged.filter((key) => !delivered.has(key));
}

/** Bytes of these events, less than they have in the spool. */
export function bytesOf(keys: readonly string[]): number {
  return keys.reduce((sum, key) => sum + Buffer.byteLength(key), 0);
}

/**
 * What a level promises of a server that was killed during each of `loads`, held against how often each event
 * was delivered in the end.
 *
 * @returns one sentence for each promise that was broken.
 */
export function brokenPromises(
  level: Level,
  loads: readonly LoadResult[],
  delivered: ReadonlyMap<string, number>,
): string[] {
  const broken: string[] = [];
  const known = new Set(loads.flatMap(({ acknowledged, unanswered }) => [...acknowledged, ...unanswered]));
  for (const [key, count] of delivered) {
    if (count !== 1) broken.push(`delivered ${count} times: ${short(key)}`);
    if (!known.has(key)) broken.push(`delivered, but never sent: ${short(key)}`);
  }
  for (const [index, load] of loads.entries()) {
    const lost = lostOf(load, delivered);
    const [first] = lost;
    if (first === undefined) continue;
    const where = `round ${index + 1}: ${lost.length} of ${load.acknowledged.length} acknowledged events lost`;
    if (level === "written" || level === "group") broken.push(`${where}, the first is ${short(first)}`);
    else if (bytesOf(lost) > bufferedBytesMax) broken.push(`${where}, ${bytesOf(lost)} bytes`);
    // Records are written in the order of their commit, which for one connection is the order of its answers.
    for (const own of load.acknowledgedBy) {
      const kept = own.filter((key) => delivered.has(key)).length;
      const hole = own.slice(0, kept).find((key) => !delivered.has(key));
      if (hole !== undefined) broken.push(`${where}, but a later one was kept: ${short(hole)}`);
    }
  }
  return broken;
}

function short(key: string): string {
  return key.length > 100 ? `${key.slice(0, 100)}...` : key;
}

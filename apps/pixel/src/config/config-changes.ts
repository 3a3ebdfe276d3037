import { isDeepStrictEqual } from "node:util";
import type { Config } from "./config.ts";

/** One key, or one part, in which two configs differ. */
export interface ConfigChange {
  /** As in the file: `flows.pixel.retry.cap`. */
  readonly path: string;
  readonly kind: "added" | "removed" | "changed";
}

/** What differs between the config that runs and another one, in the order of the keys. */
export function configChanges(before: Config, after: Config): ConfigChange[] {
  return changesIn(asTree(before), asTree(after), "");
}

/**
 * The keys of `changes` that only another start can take: whatever the program is built around. How many
 * processes there are is one of them, the same for all flows together.
 */
export function keysForRestart(changes: readonly ConfigChange[], before: Config, after: Config): string[] {
  const keys = changes
    .map(({ path }) => path)
    .filter((path) => /^(?:admin|log\.format)\b|^flows\.[^.]+\.source\.processes$/.test(path));
  if (keys.length === 0 && processesOf(before) !== processesOf(after)) keys.push("source.processes");
  return keys;
}

/** The number of ingest processes. */
export function processesOf({ flows }: Pick<Config, "flows">): number {
  return Math.max(...flows.map(({ source }) => source.processes));
}

type Tree = ReadonlyMap<string, unknown>;

/** Only what a config says, not where it stands. */
function asTree({ admin, graphite, log, stop, flows }: Config): Tree {
  const parts = flows.map(({ name, source, spoolDir, spool, retry, sinks }) => {
    return [name, { source, spool: { ...spool, dir: spoolDir }, retry, sinks }] as const;
  });
  return new Map<string, unknown>(Object.entries({ admin, graphite, log, stop, flows: new Map(parts) }));
}

function changesIn(before: Tree, after: Tree, prefix: string): ConfigChange[] {
  const keys = new Set([...before.keys(), ...after.keys()]);
  return [...keys].flatMap((key): ConfigChange[] => {
    const [a, b] = [before.get(key), after.get(key)];
    const path = `${prefix}${key}`;
    if (isDeepStrictEqual(a, b)) return [];
    const [inA, inB] = [treeOf(a), treeOf(b)];
    if (inA !== undefined && inB !== undefined) return changesIn(inA, inB, `${path}.`);
    return [{ path, kind: a === undefined ? "added" : b === undefined ? "removed" : "changed" }];
  });
}

/** Undefined for what has no keys; a list is one value. */
function treeOf(value: unknown): Tree | undefined {
  if (value instanceof Map) return value as Tree;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return new Map(Object.entries(value));
}

import type { FileSystem } from "@sewer/core";
import { batchIdOf, parseBatchId } from "../batch-id.ts";
import { namesIn } from "../file-access.ts";
import { endings } from "../rooms.ts";

/** The batches of one writer, by their sequence, rising. */
export type Sequences = readonly number[];

/**
 * The batches in a room, by the files that lie there. Of each file only its number is held: the names of a backlog of
 * 100,000, all at once, are 20 MB that the heap does not give back (docs/benchmarks.md).
 */
export class RoomListing {
  readonly #byEnding: ReadonlyMap<string, ReadonlyMap<string, Sequences>>;

  private constructor(byEnding: ReadonlyMap<string, ReadonlyMap<string, Sequences>>) {
    this.#byEnding = byEnding;
  }

  /** Lists a directory; names that no batch has are left out. There need be no such directory. */
  static async read(fs: FileSystem, directory: string): Promise<RoomListing> {
    const byEnding = new Map<string, Map<string, number[]>>();
    for await (const name of namesIn(fs, directory)) {
      const dot = name.indexOf(".");
      const id = dot < 0 ? undefined : parseBatchId(name.slice(0, dot));
      if (id === undefined) continue;
      listIn(mapIn(byEnding, name.slice(dot)), id.incarnation).push(id.sequence);
    }
    const sorted = [...byEnding].map(([ending, writers]) => [ending, sortedWriters(writers)] as const);
    return new RoomListing(new Map(sorted));
  }

  /** Writers of the batches with a file of this ending, the one that started first comes first. */
  writers(ending: string): ReadonlyMap<string, Sequences> {
    return this.#byEnding.get(ending) ?? new Map<string, Sequences>();
  }

  /** Ids of the batches with a file of this ending, in their order. */
  *ids(ending: string): Generator<string, void, undefined> {
    for (const [incarnation, sequences] of this.writers(ending)) {
      for (const sequence of sequences) yield batchIdOf(incarnation, sequence);
    }
  }

  /** The same of those whose segment is not there. */
  *orphans(ending: string): Generator<string, void, undefined> {
    for (const id of this.ids(ending)) if (!this.has(id, endings.sealed)) yield id;
  }

  /** True when the batch has a file of this ending. */
  has(batchId: string, ending: string): boolean {
    const id = parseBatchId(batchId);
    const sequences = id === undefined ? undefined : this.writers(ending).get(id.incarnation);
    return sequences !== undefined && includes(sequences, id!.sequence);
  }
}

function mapIn<Inner>(maps: Map<string, Map<string, Inner>>, key: string): Map<string, Inner> {
  const known = maps.get(key) ?? new Map<string, Inner>();
  maps.set(key, known);
  return known;
}

function listIn(lists: Map<string, number[]>, key: string): number[] {
  const known = lists.get(key) ?? [];
  lists.set(key, known);
  return known;
}

/** Incarnations sort as text by their writer's start. */
function sortedWriters(writers: ReadonlyMap<string, number[]>): ReadonlyMap<string, Sequences> {
  const entries = [...writers].sort(([one], [other]) => (one < other ? -1 : 1));
  for (const [, sequences] of entries) sequences.sort((one, other) => one - other);
  return new Map(entries);
}

/** A search in a sorted list. */
function includes(sorted: Sequences, wanted: number): boolean {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (sorted[middle]! < wanted) from = middle + 1;
    else to = middle;
  }
  return sorted[from] === wanted;
}

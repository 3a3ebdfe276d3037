import { batchIdIn, endings } from "../rooms.ts";

/** The batches of a room, by its sorted names, of which a file with this ending is left and no segment. */
export function* orphans(names: readonly string[], ending: string): Generator<string, void, undefined> {
  for (const name of names) {
    const id = batchIdIn(name, ending);
    if (id !== undefined && !hasName(names, id + endings.sealed)) yield id;
  }
}

/** A search in sorted names: a set of all names of a large backlog would weigh as much as the names. */
export function hasName(names: readonly string[], name: string): boolean {
  let [from, to] = [0, names.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (names[middle]! < name) from = middle + 1;
    else to = middle;
  }
  return names[from] === name;
}

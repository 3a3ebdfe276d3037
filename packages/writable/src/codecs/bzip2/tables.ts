import { codeLengths } from "./code-lengths.ts";
import { groupSymbols, tablesMax, tablesMin } from "./constants.ts";

const rounds = 4;

/** Huffman tables for a block, and which of them each group of 50 symbols has. */
export interface Tables {
  readonly lengths: readonly (readonly number[])[];
  readonly selectors: Uint8Array;
}

/**
 * Looks for tables that suit the groups: begins with tables that each favour a part of the alphabet, gives every
 * group the cheapest, makes the tables anew of the groups that have them, and does so four times.
 */
export function chooseTables(symbols: Uint16Array, alphabet: number): Tables {
  const count = Math.min(tablesMax, tablesMin + Math.floor(symbols.length / 600));
  const selectors = new Uint8Array(Math.ceil(symbols.length / groupSymbols));
  let lengths = partitioned(symbols, alphabet, count);
  for (let round = 0; round < rounds; round++) {
    const frequencies = lengths.map(() => new Uint32Array(alphabet));
    for (let group = 0; group < selectors.length; group++) {
      const part = symbols.subarray(group * groupSymbols, (group + 1) * groupSymbols);
      const cheapest = cheapestTable(lengths, part);
      selectors[group] = cheapest;
      for (const symbol of part) frequencies[cheapest]![symbol]!++;
    }
    lengths = frequencies.map(codeLengths);
  }
  return { lengths, selectors };
}

/** Tables that each give short codes to one part of the alphabet, parts that occur about equally often. */
function partitioned(symbols: Uint16Array, alphabet: number, count: number): number[][] {
  const frequencies = new Uint32Array(alphabet);
  for (const symbol of symbols) frequencies[symbol]!++;
  let passed = 0;
  const parts = Array.from(frequencies, (frequency) => {
    const part = Math.floor((passed * count) / symbols.length);
    passed += frequency;
    return part;
  });
  return Array.from({ length: count }, (_, table) => parts.map((part) => (part === table ? 1 : 15)));
}

function cheapestTable(lengths: readonly (readonly number[])[], part: Uint16Array): number {
  let cheapest = 0;
  let least = Infinity;
  for (let table = 0; table < lengths.length; table++) {
    const bits = lengths[table]!;
    let cost = 0;
    for (let at = 0; at < part.length; at++) cost += bits[part[at]!]!;
    if (cost >= least) continue;
    least = cost;
    cheapest = table;
  }
  return cheapest;
}

import { writtenCodeBitsMax } from "./constants.ts";

/**
 * Lengths of a Huffman code for symbols that occur so often; symbols that do not occur get a code, too. Where a
 * code would be too long, frequencies are brought nearer to each other until none is.
 */
export function codeLengths(frequencies: ArrayLike<number>): number[] {
  let weights = Array.from(frequencies, (count) => Math.max(count, 1));
  for (;;) {
    const lengths = huffmanLengths(weights);
    if (Math.max(...lengths) <= writtenCodeBitsMax) return lengths;
    weights = weights.map((weight) => 1 + (weight >>> 1));
  }
}

/** Joins the two lightest trees until there is one. Leaves come sorted, and joined trees come in order. */
function huffmanLengths(weights: readonly number[]): number[] {
  const leaves = weights
    .map((_, symbol) => symbol)
    .toSorted((left, right) => weights[left]! - weights[right]!);
  const treeWeights = [...weights];
  const parents: number[] = [];
  let nextLeaf = 0;
  let nextTree = weights.length;
  const lightest = (): number => {
    const leaf = leaves[nextLeaf];
    const isLeaf =
      leaf !== undefined && (nextTree >= treeWeights.length || treeWeights[leaf]! <= treeWeights[nextTree]!);
    if (!isLeaf) return nextTree++;
    nextLeaf++;
    return leaf;
  };
  for (let count = weights.length; count > 1; count--) {
    const [left, right] = [lightest(), lightest()];
    parents[left] = treeWeights.length;
    parents[right] = treeWeights.length;
    treeWeights.push(treeWeights[left]! + treeWeights[right]!);
  }
  const depths: number[] = [];
  depths[treeWeights.length - 1] = 0;
  for (let node = treeWeights.length - 2; node >= 0; node--) depths[node] = depths[parents[node]!]! + 1;
  return depths.slice(0, weights.length);
}

/** Canonical codes of these lengths: shorter ones first, equal ones in the order of the symbols. */
export function codesOf(lengths: readonly number[]): number[] {
  const codes: number[] = [];
  let code = 0;
  for (let bits = 1; bits <= writtenCodeBitsMax; bits++) {
    for (let symbol = 0; symbol < lengths.length; symbol++)
      if (lengths[symbol] === bits) codes[symbol] = code++;
    code <<= 1;
  }
  return codes;
}

/**
 * Sorts all rotations of `bytes`: by their first byte, then by the first 2, 4, 8 ... bytes, each time by what is
 * known of both halves. At most log2 of the length rounds, whatever the bytes are.
 *
 * @returns where each rotation begins, in order.
 */
export function sortRotations(bytes: Uint8Array): Int32Array {
  const { length } = bytes;
  let order = new Int32Array(length);
  let ranks = Int32Array.from(bytes);
  let counts = new Int32Array(Math.max(256, length) + 1);
  const byFirst = Int32Array.from(bytes, (_, index) => index);
  countingSort({ from: byFirst, to: order, ranks, counts });
  let next = new Int32Array(length);
  let rankCount = renumber(order, ranks, 0, next);
  [ranks, next] = [next, ranks];
  let scratch = byFirst;
  for (let known = 1; known < length && rankCount < length; known *= 2) {
    // In the order of their second halves, which is that of the rotations that begin there.
    for (let at = 0; at < length; at++) {
      const start = order[at]! - known;
      scratch[at] = start < 0 ? start + length : start;
    }
    counts = counts.fill(0);
    countingSort({ from: scratch, to: order, ranks, counts });
    rankCount = renumber(order, ranks, known, next);
    [ranks, next] = [next, ranks];
  }
  return order;
}

interface CountingSort {
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly ranks: Int32Array;
  readonly counts: Int32Array;
}

/** By rank; equal ones keep their order. */
function countingSort({ from, to, ranks, counts }: CountingSort): void {
  for (let at = 0; at < ranks.length; at++) counts[ranks[at]! + 1]!++;
  for (let rank = 1; rank < counts.length; rank++) counts[rank]! += counts[rank - 1]!;
  for (let at = 0; at < from.length; at++) {
    const start = from[at]!;
    to[counts[ranks[start]!]!++] = start;
  }
}

/** Ranks of rotations that are sorted by twice the `known` bytes. @returns how many there are. */
function renumber(order: Int32Array, ranks: Int32Array, known: number, target: Int32Array): number {
  const { length } = order;
  const second = (start: number): number =>
    ranks[start + known < length ? start + known : start + known - length]!;
  let rank = 0;
  for (let at = 0; at < length; at++) {
    const start = order[at]!;
    if (at > 0) {
      const before = order[at - 1]!;
      if (ranks[start] !== ranks[before] || second(start) !== second(before)) rank++;
    }
    target[start] = rank;
  }
  return rank + 1;
}

const hashBits = 14;
const matchBytesMin = 4;

/** Where four bytes stood last, by their hash: how Snappy and LZ4 look for matches. */
export class MatchTable {
  readonly #bytes: Uint8Array;
  readonly #positions = new Int32Array(1 << hashBits).fill(-1);

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Notes the four bytes at `at`. @returns where bytes of their hash stood before, -1 for nowhere. */
  replace(at: number): number {
    const hash = Math.imul(this.#word(at), 0x9e3779b1) >>> (32 - hashBits);
    const before = this.#positions[hash]!;
    this.#positions[hash] = at;
    return before;
  }

  /** True when the four bytes at both places are the same. */
  isMatch(left: number, right: number): boolean {
    return this.#word(left) === this.#word(right);
  }

  /** Where, not beyond `limit`, what begins at `at` stops being what begins at `candidate`. */
  matchEnd(candidate: number, at: number, limit: number): number {
    const bytes = this.#bytes;
    const distance = at - candidate;
    let end = at + matchBytesMin;
    while (end < limit && bytes[end] === bytes[end - distance]) end++;
    return end;
  }

  #word(at: number): number {
    const bytes = this.#bytes;
    return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  }
}

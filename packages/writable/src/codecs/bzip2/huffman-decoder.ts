import type { BitReader } from "./bit-reader.ts";
import { codeBitsMax } from "./constants.ts";

/** Reads the symbols of one table: canonical codes, the shortest first. */
export class HuffmanDecoder {
  /** Symbols in the order of their codes. */
  readonly #symbols: Uint16Array;
  /** For each length: the first code that is longer, and how far codes are from places in `#symbols`. */
  readonly #limits = new Int32Array(codeBitsMax + 1);
  readonly #offsets = new Int32Array(codeBitsMax + 1);

  /** @param lengths of the symbols' codes, 1 to 20 bits. */
  constructor(lengths: readonly number[]) {
    const counts = new Int32Array(codeBitsMax + 1);
    for (const length of lengths) counts[length]!++;
    const order = lengths.map((_, symbol) => symbol);
    order.sort((left, right) => lengths[left]! - lengths[right]!);
    this.#symbols = Uint16Array.from(order);
    let code = 0;
    let place = 0;
    for (let bits = 1; bits <= codeBitsMax; bits++) {
      code <<= 1;
      this.#offsets[bits] = place - code;
      code += counts[bits]!;
      place += counts[bits]!;
      this.#limits[bits] = code;
    }
  }

  /** A table: 5 bits for the first length, then steps to the next: 10 one more, 11 one less, 0 done. */
  static read(input: BitReader, symbolCount: number): HuffmanDecoder {
    let length = input.read(5);
    const lengths = Array.from({ length: symbolCount }, () => {
      while (input.read(1) === 1) length += input.read(1) === 0 ? 1 : -1;
      if (length >= 1 && length <= codeBitsMax) return length;
      throw new RangeError(`a bzip2 code of ${length} bits`);
    });
    return new HuffmanDecoder(lengths);
  }

  decode(input: BitReader): number {
    let code = 0;
    for (let bits = 1; bits <= codeBitsMax; bits++) {
      code = (code << 1) | input.read(1);
      if (code < this.#limits[bits]!) return this.#symbols[code + this.#offsets[bits]!]!;
    }
    throw new RangeError("a bzip2 code that no table has");
  }
}

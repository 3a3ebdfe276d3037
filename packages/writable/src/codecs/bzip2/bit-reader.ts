/** Reads bits, the most significant first. @throws RangeError at the end of the bytes. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #bits = 0;
  #count = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** True when no whole byte is left. */
  get isDone(): boolean {
    return this.#at >= this.#bytes.length && this.#count < 8;
  }

  /** The next 1 to 24 bits. */
  read(count: number): number {
    while (this.#count < count) {
      if (this.#at >= this.#bytes.length) throw new RangeError("unexpected end of a bzip2 stream");
      this.#bits = ((this.#bits & 0xffffff) << 8) | this.#bytes[this.#at++]!;
      this.#count += 8;
    }
    this.#count -= count;
    return (this.#bits >>> this.#count) & ((1 << count) - 1);
  }

  /** 32 bits, signed. */
  readInt32(): number {
    return (this.read(16) << 16) | this.read(16);
  }

  /** Passes over what is left of a byte. */
  align(): void {
    this.#count -= this.#count % 8;
  }
}

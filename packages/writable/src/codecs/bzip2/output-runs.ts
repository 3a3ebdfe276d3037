import { runBytesMin } from "./constants.ts";

/** Undoes a block's first step, four equal bytes and a count, into memory that grows up to a bound. */
export class RunOutput {
  readonly #bytesMax: number;
  #bytes: Buffer;
  #length = 0;
  #last = -1;
  #repeats = 0;

  constructor(bytesMax: number, bytesExpected: number) {
    this.#bytesMax = bytesMax;
    this.#bytes = Buffer.allocUnsafe(Math.min(bytesMax, Math.max(bytesExpected, 64)));
  }

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  /** A byte of the block. */
  add(byte: number): void {
    if (this.#repeats === runBytesMin) {
      this.#append(this.#last, byte);
      this.startBlock();
      return;
    }
    this.#repeats = byte === this.#last ? this.#repeats + 1 : 1;
    this.#last = byte;
    this.#append(byte, 1);
  }

  /** Runs do not go on from block to block. */
  startBlock(): void {
    this.#last = -1;
    this.#repeats = 0;
  }

  /** What came from `start` on. */
  view(start = 0): Buffer {
    return this.#bytes.subarray(start, this.#length);
  }

  #append(byte: number, count: number): void {
    const end = this.#length + count;
    if (end > this.#bytesMax) throw new RangeError(`the output is larger than ${this.#bytesMax} bytes`);
    if (end > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.min(this.#bytesMax, end * 2));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    if (count === 1) this.#bytes[this.#length] = byte;
    else this.#bytes.fill(byte, this.#length, end);
    this.#length = end;
  }
}

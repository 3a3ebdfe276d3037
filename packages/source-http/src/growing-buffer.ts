const bytesMin = 256;

/**
 * Bytes that come piece by piece. The memory doubles as they grow, so however small the pieces are, each byte
 * is copied a bounded number of times; it is never a slice of a read buffer.
 */
export class GrowingBuffer {
  #bytes: Buffer;
  #length = 0;

  /** @param capacity bytes that are surely needed. */
  constructor(capacity: number) {
    this.#bytes = Buffer.allocUnsafeSlow(sizeFor(capacity));
  }

  /** The bytes so far are the first {@link length} of it. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  get length(): number {
    return this.#length;
  }

  /** Bytes of memory that it takes. */
  get capacity(): number {
    return this.#bytes.length;
  }

  /** Takes over what was written into {@link bytes} from outside. */
  setLength(length: number): void {
    this.#length = length;
  }

  /** Adds `source[start, end)`. */
  append(source: Buffer, start: number, end: number): void {
    const length = this.#length + end - start;
    if (length > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(sizeFor(length));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    source.copy(this.#bytes, this.#length, start, end);
    this.#length = length;
  }
}

function sizeFor(length: number): number {
  return Math.max(bytesMin, 2 ** Math.ceil(Math.log2(length)));
}

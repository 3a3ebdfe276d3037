import { ParseCursor } from "./parse-cursor.ts";

const bytesMin = 256;

/**
 * The bytes of a head that has not come whole, copied out of the read buffer, and where its parse stands.
 * The copy doubles as it grows, so however small the pieces are, each byte is copied a bounded number of times.
 */
export class PartialHead {
  readonly cursor = new ParseCursor();
  #buffer: Buffer;
  #length: number;

  /** @param cursor where the parse of `source` stopped. The head begins at `start` of `source`. */
  constructor(cursor: ParseCursor, source: Buffer, start: number) {
    this.#length = source.length - start;
    this.#buffer = Buffer.allocUnsafeSlow(sizeFor(this.#length));
    source.copy(this.#buffer, 0, start);
    this.cursor.copyFrom(cursor, start);
  }

  /** The bytes so far are the first {@link length} of it. */
  get buffer(): Buffer {
    return this.#buffer;
  }

  get length(): number {
    return this.#length;
  }

  /** Bytes of memory that it takes. */
  get capacity(): number {
    return this.#buffer.length;
  }

  /** Adds `source[start, end)`. */
  append(source: Buffer, start: number, end: number): void {
    const length = this.#length + end - start;
    if (length > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(sizeFor(length));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    source.copy(this.#buffer, this.#length, start, end);
    this.#length = length;
  }
}

function sizeFor(length: number): number {
  return Math.max(bytesMin, 2 ** Math.ceil(Math.log2(length)));
}

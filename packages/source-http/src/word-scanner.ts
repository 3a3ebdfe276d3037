import { isTargetByte, isValueByte } from "./byte-classes.ts";

/** A class of bytes, and how words of four of them are known. */
interface WordClass {
  readonly members: Uint8Array;
  /** The least byte that is a member, four times. */
  readonly least: number;
  /** A byte above it that is none, besides 0x7f, four times; 0x7f where there is no such. */
  readonly except: number;
}

const values: WordClass = { members: isValueByte, least: 0x20202020, except: 0x7f7f7f7f };
const targets: WordClass = { members: isTargetByte, least: 0x21212121, except: 0x23232323 };

/**
 * Skips what heads mostly consist of, field values and queries, in aligned words of four bytes. A word with another
 * byte in it, a tab in a value too, is looked at byte by byte.
 */
export class WordScanner {
  /** The last buffer looked at: all connections that share one share its view, too. */
  #buffer: Uint8Array | undefined;
  #words: Int32Array = new Int32Array(0);
  /** Bytes from the first word to the first byte of the buffer. */
  #shift = 0;

  /** @returns the first position of `buffer[from, stop)` whose byte no field value has, or `stop`. */
  skipValue(buffer: Uint8Array, from: number, stop: number): number {
    return this.#skip(values, buffer, from, stop);
  }

  /** @returns the first position of `buffer[from, stop)` whose byte no request target has, or `stop`. */
  skipTarget(buffer: Uint8Array, from: number, stop: number): number {
    return this.#skip(targets, buffer, from, stop);
  }

  // oxlint-disable-next-line max-params -- a range of a buffer is three of them
  #skip({ members, least, except }: WordClass, buffer: Uint8Array, from: number, stop: number): number {
    if (buffer !== this.#buffer) this.#view(buffer);
    const words = this.#words;
    const shift = this.#shift;
    let position = from;
    for (;;) {
      // To where a word begins, also over what was in the way.
      do {
        if (position === stop || members[buffer[position]!] === 0) return position;
        position += 1;
      } while (((shift + position) & 3) !== 0);
      const first = (shift + position) >> 2;
      const end = (shift + stop) >> 2;
      let index = first;
      while (index < end && isPlain(words[index]!, least, except)) index += 1;
      position += (index - first) << 2;
    }
  }

  #view(buffer: Uint8Array): void {
    this.#buffer = buffer;
    this.#shift = buffer.byteOffset & 3;
    const start = buffer.byteOffset - this.#shift;
    this.#words = new Int32Array(buffer.buffer, start, (this.#shift + buffer.length) >> 2);
  }
}

/**
 * Whether each byte of the word is from 0x80 on, or from `least` to 0x7e and not `except`. Of a byte below 0x80 the
 * high bit is set by `- least` if it is less, by `+ 1` if it is 0x7f, by `^ except` and `- 1` if it is that one. What is
 * carried between bytes can only make a good word look odd.
 */
function isPlain(word: number, least: number, except: number): boolean {
  const odd = (word - least) | (word + 0x01010101) | ((word ^ except) - 0x01010101);
  return (odd & ~word & 0x80808080) === 0;
}

import type { ByteSlice } from "../byte-slice.ts";
import { WritableError, writableErrors, type WritableErrorCode } from "../errors.ts";
import { decodeJavaUtf8 } from "../utf8.ts";
import { readVInt, vlongLengthOf } from "../vint.ts";
import type { ByteSource } from "./byte-source.ts";
import { ByteStream } from "./byte-stream.ts";

/** Bytes of `ffffffff`, which stands before a sync marker. */
const escapeBytes = 4;

/** What a file is read in: each is whole or lost as a whole. */
export type FileUnit = "header" | "record" | "block";

/**
 * Reads a file's primitives one after the other. Every error names the start of the unit (header, record,
 * block) that cannot be read, because that is where whoever wants to recover has to begin.
 */
export class FileCursor {
  readonly #stream: ByteStream;
  /** The most bytes that one length may announce. */
  readonly bufferBytesMax: number;
  #unit: FileUnit = "header";
  #unitStart = 0;

  constructor(source: ByteSource, bufferBytesMax: number) {
    this.#stream = new ByteStream(source);
    this.bufferBytesMax = bufferBytesMax;
  }

  /** Offset in the file of the next byte. */
  get position(): number {
    return this.#stream.position;
  }

  /** Bytes that can be had without waiting. */
  get available(): number {
    return this.#stream.available;
  }

  /** Notes that a unit begins here. @returns false when the file ends here. */
  async begin(unit: FileUnit): Promise<boolean> {
    this.#beginUnit(unit);
    return this.#stream.available > 0 || (await this.#stream.fill(1));
  }

  /** Four of the available bytes, `at` bytes further on. */
  availableInt32(at: number): number {
    return this.#stream.int32At(at);
  }

  /** Available bytes from `from` to `to`, counted from here: they stay as they are. */
  slice(from: number, to: number): ByteSlice {
    return this.#stream.slice(from, to);
  }

  /** Passes over a unit of `count` bytes, all of which are available. */
  passUnit(unit: FileUnit, count: number): void {
    this.#beginUnit(unit);
    this.#stream.pass(count);
  }

  /** Four bytes, `at` bytes further on, without moving. */
  async peekInt32(at = 0): Promise<number> {
    await this.#require(at + 4);
    return this.#stream.int32At(at);
  }

  /** The next `count` bytes, as a view that stays as it is. */
  async bytes(count: number): Promise<Buffer> {
    await this.#require(count);
    return this.#stream.take(count);
  }

  /** Passes over the next `count` bytes, without reading them where the source can do that. */
  async skip(count: number): Promise<void> {
    if (count > this.#stream.available) {
      // The last byte is asked for, so that a file that is cut before it is found out.
      await this.#stream.seek(this.#stream.position + count - 1);
      await this.#require(1);
      this.#stream.take(1);
    } else {
      this.#stream.take(count);
    }
  }

  /** A VInt that says how many bytes follow; passes over those bytes. */
  async skipLengthAndBytes(): Promise<void> {
    const length = await this.vint();
    if (length < 0) throw this.error(writableErrors.damaged, `a length is negative: ${length}`);
    await this.skip(length);
  }

  /** A VInt that says how many bytes follow, and those bytes. */
  async lengthAndBytes(): Promise<Buffer> {
    const length = await this.vint();
    this.checkLength(length);
    return this.bytes(length);
  }

  /** A VInt. */
  async vint(): Promise<number> {
    await this.#require(1);
    const length = vlongLengthOf(this.#stream.peek()[0] ?? 0);
    await this.#require(length);
    try {
      return readVInt(this.#stream.take(length), 0);
    } catch (cause) {
      throw this.error(writableErrors.damaged, "a length is no int32", cause);
    }
  }

  /** A Text. */
  async text(): Promise<string> {
    return decodeJavaUtf8(await this.lengthAndBytes());
  }

  /** @throws WritableError when a length is negative, or more than this reader takes into memory. */
  checkLength(length: number): void {
    if (length < 0) throw this.error(writableErrors.damaged, `a length is negative: ${length}`);
    if (length <= this.bufferBytesMax) return;
    const limit = `${length} bytes exceed bufferBytesMax (${this.bufferBytesMax})`;
    throw this.error(writableErrors.tooLarge, limit);
  }

  /** An error of the unit that is being read. */
  error(code: WritableErrorCode, why: string, cause?: unknown): WritableError {
    const options = { offset: this.#unitStart, ...(cause === undefined ? {} : { cause }) };
    return new WritableError(code, `the ${this.#unit} cannot be read: ${why}`, options);
  }

  /** Offset of the first byte to which the source lets this go back. */
  get oldest(): number {
    return this.#stream.oldest;
  }

  /** Goes to a place in the file. @throws RangeError when the source cannot go back to it. */
  seek(position: number): Promise<void> {
    return this.#stream.seek(position);
  }

  /** Goes to the file's end. @returns where that is. */
  async seekEnd(): Promise<number> {
    while (await this.#stream.fill(1)) {
      this.#stream.take(this.#stream.available);
      this.#stream.mark();
    }
    return this.#stream.position;
  }

  /**
   * Goes to the first sync at or behind `position`: `ffffffff` and the marker, with something behind it. Like
   * Hadoop it looks for the marker only.
   *
   * @returns where it is: the file's end when there is none.
   */
  async seekSync(position: number, marker: Buffer): Promise<number> {
    const stream = this.#stream;
    await stream.seek(position);
    for (;;) {
      const isMore = await stream.fill(escapeBytes + marker.length + 1);
      const bytes = stream.peek();
      const at = isMore ? bytes.indexOf(marker, escapeBytes) : -1;
      if (at >= 0 && (await stream.fill(at + marker.length + 1))) {
        stream.take(at - escapeBytes);
        return stream.position;
      }
      // Part of a marker may stand at the end.
      stream.take(isMore && at < 0 ? bytes.length - marker.length - escapeBytes + 1 : bytes.length);
      stream.mark();
      if (!isMore || at >= 0) return stream.position;
    }
  }

  /** Lets go of the source. */
  close(): Promise<void> {
    return this.#stream.close();
  }

  #beginUnit(unit: FileUnit): void {
    this.#unit = unit;
    this.#unitStart = this.#stream.position;
    this.#stream.mark();
  }

  async #require(count: number): Promise<void> {
    if (this.#stream.available >= count || (await this.#stream.fill(count))) return;
    const end = this.#stream.position + this.#stream.available;
    throw this.error(writableErrors.fileTruncated, `the file ends inside it, at byte ${end}`);
  }
}

import { WritableError, writableErrors, type WritableErrorCode } from "../errors.ts";
import { decodeJavaUtf8 } from "../utf8.ts";
import { readVInt, vlongLengthOf } from "../vint.ts";
import { ByteStream, type ByteSource } from "./byte-stream.ts";

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

  /** Notes that a unit begins here. @returns false when the file ends here. */
  async begin(unit: FileUnit): Promise<boolean> {
    this.#unit = unit;
    this.#unitStart = this.#stream.position;
    return this.#stream.available > 0 || (await this.#stream.fill(1));
  }

  /** Four bytes, `at` bytes further on, without moving. */
  async peekInt32(at = 0): Promise<number> {
    await this.#require(at + 4);
    return this.#stream.peek().readInt32BE(at);
  }

  /** The next `count` bytes, as a view that stays as it is. */
  async bytes(count: number): Promise<Buffer> {
    await this.#require(count);
    return this.#stream.take(count);
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

  /** Lets go of the source. */
  close(): Promise<void> {
    return this.#stream.close();
  }

  async #require(count: number): Promise<void> {
    if (this.#stream.available >= count || (await this.#stream.fill(count))) return;
    const end = this.#stream.position + this.#stream.available;
    throw this.error(writableErrors.fileTruncated, `the file ends inside it, at byte ${end}`);
  }
}

import { dataViewOf } from "../byte-reader.ts";
import { ByteSlice } from "../byte-slice.ts";
import { chunksOf, type ByteSource, type ChunkSource } from "./byte-source.ts";

/**
 * Lets a parser ask for n bytes at a time of a source that gives chunks of any size, and go back to the last
 * place that it marked.
 *
 * Memory: twice what has arrived since the mark, and that is less than was asked for and one chunk. A length
 * that lies costs nothing: room is made only as bytes come in.
 */
export class ByteStream {
  readonly #chunks: ChunkSource;
  /** `#storage` from `#start` to `#end` is what has arrived and not been taken. */
  #storage: Buffer = Buffer.alloc(0);
  /** Of `#storage`, once it was needed. */
  #view: DataView | undefined;
  /** Offset in the file of the first byte of `#storage`. */
  #base = 0;
  /** What lies before it need not be kept. */
  #mark = 0;
  #start = 0;
  #end = 0;
  #ended = false;

  constructor(source: ByteSource) {
    this.#chunks = chunksOf(source);
  }

  /** Offset in the file of the next byte that will be taken. */
  get position(): number {
    return this.#base + this.#start;
  }

  /** Bytes that have arrived and not been taken. */
  get available(): number {
    return this.#end - this.#start;
  }

  /** Offset of the first byte to which `seek` can go back. */
  get oldest(): number {
    return this.#chunks.seek === undefined ? this.#base + this.#mark : 0;
  }

  /** Notes that `seek` will go back no further than this. */
  mark(): void {
    this.#mark = this.#start;
  }

  /**
   * Waits until `count` bytes are available.
   *
   * @returns false when the source ends before that; what has arrived can still be taken.
   */
  async fill(count: number): Promise<boolean> {
    while (this.available < count && !this.#ended) {
      const chunk = await this.#chunks.next();
      if (chunk === undefined) this.#ended = true;
      else this.#add(chunk);
    }
    return this.available >= count;
  }

  /** The available bytes, as a view. */
  peek(): Buffer {
    return this.#storage.subarray(this.#start, this.#end);
  }

  /** Four available bytes, `at` bytes further on. */
  int32At(at: number): number {
    const bytes = this.#storage;
    const index = this.#start + at;
    // All four are available, so nothing is checked.
    return (bytes[index]! << 24) | (bytes[index + 1]! << 16) | (bytes[index + 2]! << 8) | bytes[index + 3]!;
  }

  /** Available bytes from `from` to `to`, counted from here: they stay as they are. */
  slice(from: number, to: number): ByteSlice {
    this.#view ??= dataViewOf(this.#storage);
    return new ByteSlice(this.#storage, this.#view, this.#start + from, this.#start + to);
  }

  /** Moves on by `count` bytes, which must be available, without looking at them. */
  pass(count: number): void {
    if (count > this.available) throw new RangeError(`${count} bytes are not available`);
    this.#start += count;
  }

  /** Moves on by `count` bytes, which must be available. @returns them as a view that stays as it is. */
  take(count: number): Buffer {
    const start = this.#start;
    if (count > this.available) throw new RangeError(`${count} bytes are not available`);
    this.#start += count;
    return this.#storage.subarray(start, this.#start);
  }

  /**
   * Goes to `position`, or to the end when that comes first. What lies between is not read where the source
   * can do without.
   *
   * @throws RangeError when it lies before the mark and the source cannot go back.
   */
  async seek(position: number): Promise<void> {
    if (position > this.#base + this.#end && this.#chunks.seek === undefined) await this.#discardTo(position);
    const index = position - this.#base;
    if (index >= 0 && index <= this.#end) {
      this.#start = index;
    } else if (this.#chunks.seek !== undefined) {
      this.#base = this.#chunks.seek(position);
      this.#use(Buffer.alloc(0));
      this.#start = 0;
      this.#end = 0;
      this.#ended = false;
    } else if (index > this.#end) {
      this.#start = this.#end;
    } else {
      throw new RangeError(`byte ${position} is not there any more, and the source cannot go back`);
    }
    this.mark();
  }

  /** Tells the source that nothing more is wanted. */
  async close(): Promise<void> {
    this.#ended = true;
    await this.#chunks.close();
  }

  async #discardTo(position: number): Promise<void> {
    while (!this.#ended && this.#base + this.#end < position) {
      this.#start = this.#end;
      this.mark();
      await this.fill(1);
    }
  }

  #add(chunk: Uint8Array): void {
    const kept = this.#end - this.#mark;
    if (kept === 0) {
      this.#base += this.#mark;
      this.#use(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
      this.#mark = 0;
      this.#start = 0;
      this.#end = chunk.length;
      return;
    }
    // A chunk of the source has no room behind `#end`, so it is never written to. What was taken lies before
    // `#end`, so neither is any view that was given out.
    if (this.#storage.length - this.#end < chunk.length) this.#grow(kept + chunk.length);
    this.#storage.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  #grow(needed: number): void {
    const storage = Buffer.allocUnsafeSlow(needed * 2);
    const kept = this.#storage.copy(storage, 0, this.#mark, this.#end);
    this.#use(storage);
    this.#base += this.#mark;
    this.#start -= this.#mark;
    this.#mark = 0;
    this.#end = kept;
  }

  #use(storage: Buffer): void {
    this.#storage = storage;
    this.#view = undefined;
  }
}

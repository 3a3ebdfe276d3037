/** Where a file's bytes come from: all at once, or in chunks that are not changed after they were given. */
export type ByteSource = Uint8Array | AsyncIterable<Uint8Array>;

/**
 * Lets a parser ask for n bytes at a time of a source that gives chunks of any size.
 *
 * Memory: twice what has arrived and was not taken, and that is less than was asked for and one chunk. A
 * length that lies costs nothing: room is made only as bytes come in.
 */
export class ByteStream {
  readonly #chunks: AsyncIterator<Uint8Array>;
  /** `#storage` from `#start` to `#end` is what has arrived and not been taken. */
  #storage: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  #position = 0;
  #ended = false;

  constructor(source: ByteSource) {
    this.#chunks = source instanceof Uint8Array ? single(source) : source[Symbol.asyncIterator]();
  }

  /** Offset in the file of the next byte that will be taken. */
  get position(): number {
    return this.#position;
  }

  /** Bytes that have arrived and not been taken. */
  get available(): number {
    return this.#end - this.#start;
  }

  /**
   * Waits until `count` bytes are available.
   *
   * @returns false when the source ends before that; what has arrived can still be taken.
   */
  async fill(count: number): Promise<boolean> {
    while (this.available < count && !this.#ended) {
      const next = await this.#chunks.next();
      if (next.done === true) this.#ended = true;
      else this.#add(next.value);
    }
    return this.available >= count;
  }

  /** The available bytes, as a view. */
  peek(): Buffer {
    return this.#storage.subarray(this.#start, this.#end);
  }

  /** Moves on by `count` bytes, which must be available. @returns them as a view that stays as it is. */
  take(count: number): Buffer {
    const start = this.#start;
    if (count > this.available) throw new RangeError(`${count} bytes are not available`);
    this.#start += count;
    this.#position += count;
    return this.#storage.subarray(start, this.#start);
  }

  /** Tells the source that nothing more is wanted. */
  async close(): Promise<void> {
    this.#ended = true;
    await this.#chunks.return?.();
  }

  #add(chunk: Uint8Array): void {
    const have = this.available;
    if (have === 0) {
      this.#storage = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
      this.#start = 0;
      this.#end = chunk.length;
      return;
    }
    // A chunk of the source has no room behind `#end`, so it is never written to. What was taken lies before
    // `#end`, so neither is any view that was given out.
    if (this.#storage.length - this.#end < chunk.length) this.#grow(have + chunk.length);
    this.#storage.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  #grow(needed: number): void {
    const storage = Buffer.allocUnsafeSlow(needed * 2);
    const have = this.#storage.copy(storage, 0, this.#start, this.#end);
    this.#storage = storage;
    this.#start = 0;
    this.#end = have;
  }
}

// oxlint-disable-next-line require-await
async function* single(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

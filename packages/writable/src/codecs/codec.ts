/** A compression codec of Hadoop. Every call is one complete stream. */
export interface Codec {
  /** The Java class that a file's header names. */
  readonly className: string;
  /** Compresses `bytes`, which must not change meanwhile. The same bytes give the same stream. */
  compress(bytes: Uint8Array): Promise<Buffer>;
  /**
   * Gives back what was compressed; streams that follow each other in `bytes` are joined.
   *
   * @param outputBytesMax More output than this is an error, found before it takes more memory.
   * @throws any error when `bytes` is no such stream, ends early or gives too much.
   */
  decompress(bytes: Uint8Array, outputBytesMax: number): Promise<Buffer>;
}

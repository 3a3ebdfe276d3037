/** A compression codec of Hadoop. Every call is one complete stream. */
export interface Codec {
  /** The Java class that a file's header names. */
  readonly className: string;
  /**
   * Compresses `bytes`, which must not change meanwhile, on the calling thread. The same bytes give the same
   * stream.
   */
  compress(this: void, bytes: Uint8Array): Buffer;
  /**
   * Gives back what was compressed; streams that follow each other in `bytes` are joined.
   *
   * @param outputBytesMax More output than this is an error, found before it takes more memory.
   * @throws any error when `bytes` is no such stream, ends early or gives too much.
   */
  decompress(this: void, bytes: Uint8Array, outputBytesMax: number): Buffer;
  /**
   * `compress` on other threads. The stream holds the same, but may be another (zstd). Codecs without it work on
   * the calling thread.
   */
  compressAsync?(this: void, bytes: Uint8Array): Promise<Buffer>;
  /** `decompress` on other threads, with the same result. */
  decompressAsync?(this: void, bytes: Uint8Array, outputBytesMax: number): Promise<Buffer>;
}

/** Where Hadoop's own codecs are: `org.apache.hadoop.io.compress.` */
export const hadoopCodecPackage = "org.apache.hadoop.io.compress.";

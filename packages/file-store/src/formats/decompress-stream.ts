import { createGunzip, createZstdDecompress } from "node:zlib";

/** Compressed bytes given to the decompressor at a time; it may give a thousand times as many back. */
const stepBytes = 16 * 1024;

/** What a whole file can be compressed with. */
export type FileCompression = "gzip" | "zstd";

/** A compressed file is damaged, or cut. */
export class CompressedFileError extends Error {
  override readonly name = "CompressedFileError";
  /** Offset in the compressed file at which it was found. */
  readonly offset: number;

  constructor(offset: number, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.offset = offset;
  }
}

type Decompressor = ReturnType<typeof createGunzip> | ReturnType<typeof createZstdDecompress>;

/**
 * Decompresses a file of one or more gzip members or zstd frames. Everything that came out before damage is
 * given. A node:zlib stream by itself drops what it produced before an error, and what follows a zstd frame in
 * the same chunk.
 *
 * @throws CompressedFileError for damage; what `chunks` throws.
 */
export async function* decompressFile(
  chunks: AsyncIterable<Buffer>,
  compression: FileCompression,
): AsyncGenerator<Buffer, void, undefined> {
  let stream: StreamSteps | undefined;
  let offset = 0;
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length;) {
        stream ??= new StreamSteps(compression);
        const step = chunk.subarray(at, at + stepBytes);
        const { bytes, error } = await stream.write(step);
        yield* stream.takeOutput();
        at += bytes;
        offset += bytes;
        if (error !== undefined) throw new CompressedFileError(offset, error);
        if (bytes === 0) throw new CompressedFileError(offset, "nothing that can be decompressed");
        // Something is left over at the end of a frame only.
        if (bytes < step.length) stream = stream.close();
      }
    }
    if (offset > 0 && stream === undefined) return;
    stream ??= new StreamSteps(compression);
    const error = await stream.end();
    yield* stream.takeOutput();
    if (error !== undefined) throw new CompressedFileError(offset, error);
  } finally {
    stream?.close();
  }
}

/** A decompressor that is given input a step at a time, so that its output stays bounded. */
class StreamSteps {
  readonly #decompressor: Decompressor;
  #output: Buffer[] = [];
  #error: Error | undefined;

  constructor(compression: FileCompression) {
    this.#decompressor = compression === "gzip" ? createGunzip() : createZstdDecompress();
    this.#decompressor.on("data", (chunk: Buffer) => this.#output.push(chunk));
    this.#decompressor.on("error", (error) => (this.#error = error));
  }

  async write(bytes: Buffer): Promise<{ readonly bytes: number; readonly error: Error | undefined }> {
    const before = this.#decompressor.bytesWritten;
    await this.#step((done) => void this.#decompressor.write(bytes, done));
    return { bytes: this.#decompressor.bytesWritten - before, error: this.#error };
  }

  async end(): Promise<Error | undefined> {
    await this.#step((done) => void this.#decompressor.once("end", done).end());
    return this.#error;
  }

  takeOutput(): Buffer[] {
    const output = this.#output;
    this.#output = [];
    return output;
  }

  close(): undefined {
    this.#decompressor.destroy();
  }

  async #step(act: (done: () => void) => void): Promise<void> {
    await new Promise<void>((resolve) => {
      const failed = (): void => resolve();
      this.#decompressor.once("error", failed);
      act(() => {
        this.#decompressor.off("error", failed);
        resolve();
      });
    });
  }
}

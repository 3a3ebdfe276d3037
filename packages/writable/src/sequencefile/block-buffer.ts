import { ByteWriter } from "../byte-writer.ts";
import type { Codec } from "../codecs/codec.ts";

/** The records of one block while it fills, in the four buffers in which they will be compressed. */
export class BlockBuffer {
  readonly #keyLengths = new ByteWriter();
  readonly #keys = new ByteWriter();
  readonly #valueLengths = new ByteWriter();
  readonly #values = new ByteWriter();
  #recordCount = 0;

  /** Records in the block. */
  get recordCount(): number {
    return this.#recordCount;
  }

  /** Bytes of keys and values, which Hadoop compares with the block size: lengths do not count. */
  get contentBytes(): number {
    return this.#keys.length + this.#values.length;
  }

  /** Copies one record in. */
  append(key: Uint8Array, value: Uint8Array): void {
    this.#recordCount++;
    this.#keyLengths.vint(key.length);
    this.#keys.bytes(key);
    this.#valueLengths.vint(value.length);
    this.#values.bytes(value);
  }

  /** Appends the block to `target`, compressed on the calling thread. */
  encodeSync(target: ByteWriter, syncEscape: Buffer, codec: Codec): void {
    this.#write(
      target,
      syncEscape,
      this.#views().map((bytes) => codec.compress(bytes)),
    );
  }

  /** Appends the block to `target`, compressed on other threads where the codec can. */
  async encode(target: ByteWriter, syncEscape: Buffer, codec: Codec): Promise<void> {
    const compress = async (bytes: Buffer): Promise<Buffer> =>
      codec.compressAsync === undefined ? codec.compress(bytes) : codec.compressAsync(bytes);
    this.#write(target, syncEscape, await Promise.all(this.#views().map(compress)));
  }

  #views(): Buffer[] {
    const buffers = [this.#keyLengths, this.#keys, this.#valueLengths, this.#values];
    return buffers.map((buffer) => buffer.view());
  }

  /** Sync, VInt record count, then four times VInt length and a stream. */
  #write(target: ByteWriter, syncEscape: Buffer, streams: readonly Buffer[]): void {
    target.bytes(syncEscape);
    target.vint(this.#recordCount);
    for (const stream of streams) {
      target.vint(stream.length);
      target.bytes(stream);
    }
  }
}

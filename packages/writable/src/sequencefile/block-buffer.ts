import { ByteWriter } from "../byte-writer.ts";
import type { Codec } from "../codecs/codec.ts";
import { requireRecordBytes, writePart, type RecordPart } from "./record-part.ts";

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

  /** Writes one record, or nothing when a value cannot be encoded. */
  append(key: RecordPart, value: RecordPart): void {
    const keyStart = this.#keys.length;
    const valueStart = this.#values.length;
    try {
      writePart(this.#keys, key);
      writePart(this.#values, value);
      requireRecordBytes(this.#keys.length - keyStart + this.#values.length - valueStart);
    } catch (error) {
      this.#keys.truncate(keyStart);
      this.#values.truncate(valueStart);
      throw error;
    }
    this.#keyLengths.vint(this.#keys.length - keyStart);
    this.#valueLengths.vint(this.#values.length - valueStart);
    this.#recordCount++;
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

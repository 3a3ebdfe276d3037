import { createHash, type Hash } from "node:crypto";
import { crc32c } from "./crc32c.ts";

/** Bytes of each piece that HDFS keeps a CRC of (`dfs.bytes-per-checksum`). */
export const bytesPerCrc = 512;

const crcBufferBytes = 65_536;

/**
 * The checksum that HDFS gives for a file (`DistributedFileSystem.getFileChecksum`, MD5-of-MD5-of-CRC32C),
 * computed as the bytes go by: MD5 over the big-endian CRC32Cs of a block's 512-byte pieces; the MD5s of all
 * blocks, with zeros up to the next power of two, at least 32 bytes; MD5 of that.
 */
export class HdfsChecksum {
  readonly #blockSize: number;
  readonly #blockDigests: Buffer[] = [];
  /** CRCs of the open block that are not yet in its MD5. */
  readonly #crcs = Buffer.alloc(crcBufferBytes);
  #crcsLength = 0;
  #md5: Hash | undefined;
  /** CRC of the piece that is not whole yet. */
  #crc = 0;
  #pieceBytes = 0;
  #blockBytes = 0;

  /** @param blockSize Of the file: a multiple of 512 bytes. */
  constructor(blockSize: number) {
    this.#blockSize = blockSize;
  }

  /** Adds the next bytes of the file. */
  update(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length;) {
      const count = Math.min(bytesPerCrc - this.#pieceBytes, chunk.length - at);
      this.#crc = crc32c(chunk, at, at + count, this.#crc);
      this.#pieceBytes += count;
      this.#blockBytes += count;
      at += count;
      if (this.#pieceBytes === bytesPerCrc) this.#endPiece();
      if (this.#blockBytes === this.#blockSize) this.#endBlock();
    }
  }

  /** The checksum's 32 hex digits. Nothing can be added afterwards. */
  digest(): string {
    if (this.#pieceBytes > 0) this.#endPiece();
    if (this.#blockBytes > 0) this.#endBlock();
    const digests = Buffer.concat(this.#blockDigests);
    let paddedLength = 32;
    while (paddedLength < digests.length) paddedLength *= 2;
    const zeros = Buffer.alloc(paddedLength - digests.length);
    return createHash("md5").update(digests).update(zeros).digest("hex");
  }

  #endPiece(): void {
    this.#crcsLength = this.#crcs.writeUInt32BE(this.#crc, this.#crcsLength);
    this.#crc = 0;
    this.#pieceBytes = 0;
    if (this.#crcsLength === crcBufferBytes) this.#hashCrcs();
  }

  #endBlock(): void {
    this.#hashCrcs();
    this.#blockDigests.push((this.#md5 ?? createHash("md5")).digest());
    this.#md5 = undefined;
    this.#blockBytes = 0;
  }

  #hashCrcs(): void {
    this.#md5 ??= createHash("md5");
    this.#md5.update(this.#crcs.subarray(0, this.#crcsLength));
    this.#crcsLength = 0;
  }
}

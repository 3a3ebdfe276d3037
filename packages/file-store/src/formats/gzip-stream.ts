import { constants, crc32, deflateRawSync } from "node:zlib";
import type { PieceCompressor } from "./piece-compressor.ts";

/** RFC 1952 section 2.3: deflate, no flags, no time, no extra flags, Unix. */
const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);

/** How far back deflate may refer (RFC 1951 section 2). */
const windowBytes = 32_768;

/**
 * One gzip stream, compressed piece by piece on the calling thread.
 * Every piece is deflated with the end of the one before it as its dictionary and ends on a byte boundary,
 * so that the pieces in a row are one stream.
 */
export class GzipStream implements PieceCompressor {
  readonly #level: number;
  #dictionary: Uint8Array | undefined;
  #crc = 0;
  #length = 0;
  #isBegun = false;

  /** @param level 1 to 9. */
  constructor(level: number) {
    this.#level = level;
  }

  write(piece: Uint8Array): Buffer {
    return this.#deflate(piece, constants.Z_SYNC_FLUSH);
  }

  end(piece: Uint8Array): Buffer {
    const last = this.#deflate(piece, constants.Z_FINISH);
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(this.#crc, 0);
    trailer.writeUInt32LE(this.#length % 2 ** 32, 4);
    return Buffer.concat([last, trailer]);
  }

  #deflate(piece: Uint8Array, finishFlush: number): Buffer {
    this.#crc = crc32(piece, this.#crc);
    this.#length += piece.length;
    const dictionary = this.#dictionary;
    this.#dictionary = piece.subarray(-windowBytes);
    const deflated = deflateRawSync(piece, {
      level: this.#level,
      memLevel: constants.Z_MAX_MEMLEVEL,
      finishFlush,
      chunkSize: chunkSize(piece.length),
      ...(dictionary !== undefined && dictionary.length > 0 && { dictionary }),
    });
    if (this.#isBegun) return deflated;
    this.#isBegun = true;
    return Buffer.concat([header, deflated]);
  }
}

/** Room for all output, so that it need not be joined. */
function chunkSize(inputBytes: number): number {
  return inputBytes + (inputBytes >>> 10) + 1024;
}

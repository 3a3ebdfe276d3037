import { constants, zstdCompressSync } from "node:zlib";
import type { PieceCompressor } from "./piece-compressor.ts";

/**
 * A zstd file, compressed piece by piece on the calling thread: a frame for each piece. What reads zstd reads
 * frames one after the other (RFC 8878 section 3.1).
 */
export class ZstdStream implements PieceCompressor {
  readonly #level: number;
  #isBegun = false;

  /** @param level 1 to 22. */
  constructor(level: number) {
    this.#level = level;
  }

  write(piece: Uint8Array): Buffer {
    this.#isBegun = true;
    return zstdCompressSync(piece, {
      params: {
        [constants.ZSTD_c_compressionLevel]: this.#level,
        [constants.ZSTD_c_checksumFlag]: 1,
      },
      // ZSTD_COMPRESSBOUND of zstd.h: room for all output, so that it need not be joined.
      chunkSize: piece.length + (piece.length >>> 8) + 1024,
    });
  }

  end(piece: Uint8Array): Buffer {
    // A file without records is one empty frame.
    return piece.length === 0 && this.#isBegun ? Buffer.alloc(0) : this.write(piece);
  }
}

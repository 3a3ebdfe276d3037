/** Compresses a file piece by piece on the calling thread, which node:zlib's own streams cannot do. */
export interface PieceCompressor {
  /** Compresses a piece, which must not change afterwards. Small pieces compress worse. */
  write(piece: Uint8Array): Buffer;
  /** Compresses the last piece, which may be empty. Nothing can be written afterwards. */
  end(piece: Uint8Array): Buffer;
}

import { promisify } from "node:util";
import {
  constants,
  zstdCompress,
  zstdCompressSync,
  zstdDecompress,
  zstdDecompressSync,
  type ZstdOptions,
} from "node:zlib";
import { hadoopCodecPackage, type Codec } from "./codec.ts";
import { chunkBytes, decompressJoined, decompressJoinedAsync, requireLevel } from "./zlib-streams.ts";

const compressAsync = promisify(zstdCompress);
const decompressAsync = promisify(zstdDecompress);

/** How a {@link zstdCodec} compresses. */
export interface ZstdCodecOptions {
  /** 1 to 22. @default 3, as Hadoop's */
  readonly level?: number;
}

/**
 * `org.apache.hadoop.io.compress.ZStandardCodec` (Hadoop 2.9 and later, HADOOP-13578): plain zstd frames, by
 * node:zlib.
 *
 * @throws RangeError for another level.
 */
export function zstdCodec({ level = 3 }: ZstdCodecOptions = {}): Codec {
  requireLevel("zstd", level, [1, 22]);
  const optionsFor = ({ length }: Uint8Array): ZstdOptions => ({
    // So that frames say how much they hold, however they are made.
    pledgedSrcSize: length,
    params: { [constants.ZSTD_c_compressionLevel]: level },
    // ZSTD_COMPRESSBOUND of zstd.h.
    chunkSize: chunkBytes(length + (length >>> 8) + 1024),
  });
  return {
    className: `${hadoopCodecPackage}ZStandardCodec`,
    compress: (bytes) => zstdCompressSync(bytes, optionsFor(bytes)),
    compressAsync: (bytes) => compressAsync(bytes, optionsFor(bytes)),
    decompress: (bytes, outputBytesMax) => decompressJoined(zstdDecompressSync, bytes, outputBytesMax),
    decompressAsync: (bytes, outputBytesMax) => decompressJoinedAsync(decompressAsync, bytes, outputBytesMax),
  };
}

import { blockFramedCodec } from "./block-framing.ts";
import type { Codec } from "./codec.ts";
import { compressLz4, decompressLz4 } from "./lz4-block.ts";

/**
 * `io.compression.codec.lz4.buffersize` of 262144, less what LZ4 may add (Lz4Codec.createOutputStream):
 * 262144 / 255 + 16.
 */
const chunkInputBytesMax = 261_100;

/** `org.apache.hadoop.io.compress.Lz4Codec`: raw LZ4 blocks in Hadoop's framing. It has no levels. */
export function lz4Codec(): Codec {
  return blockFramedCodec({
    name: "Lz4Codec",
    chunkInputBytesMax,
    compress: compressLz4,
    decompressInto: decompressLz4,
  });
}

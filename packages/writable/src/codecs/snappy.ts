import { blockFramedCodec } from "./block-framing.ts";
import type { Codec } from "./codec.ts";
import { compressSnappy, decompressSnappy } from "./snappy-block.ts";

/**
 * `io.compression.codec.snappy.buffersize` of 262144, less what Snappy may add (SnappyCodec.createOutputStream):
 * 262144 / 6 + 32.
 */
const chunkInputBytesMax = 218_422;

/** `org.apache.hadoop.io.compress.SnappyCodec`: raw Snappy blocks in Hadoop's framing. It has no levels. */
export function snappyCodec(): Codec {
  return blockFramedCodec({
    name: "SnappyCodec",
    chunkInputBytesMax,
    compress: compressSnappy,
    decompressInto: decompressSnappy,
  });
}

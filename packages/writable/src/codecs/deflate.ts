import { promisify } from "node:util";
import { deflate, deflateSync, inflate, inflateSync } from "node:zlib";
import { hadoopCodecPackage, type Codec } from "./codec.ts";
import { decompressJoined, decompressJoinedAsync, deflating, requireLevel } from "./zlib-streams.ts";

const deflateAsync = promisify(deflate);
const inflateAsync = promisify(inflate);

/** How a {@link deflateCodec} compresses. */
export interface DeflateCodecOptions {
  /** 0 to 9. @default 1 */
  readonly level?: number;
  /** Which name the header gets: Hadoop has two for the same bytes. @default "DefaultCodec" */
  readonly name?: "DefaultCodec" | "DeflateCodec";
}

/**
 * `org.apache.hadoop.io.compress.DefaultCodec`, or its subclass `DeflateCodec`: zlib streams (RFC 1950), by
 * node:zlib.
 *
 * @throws RangeError for another level.
 */
export function deflateCodec({ level = 1, name = "DefaultCodec" }: DeflateCodecOptions = {}): Codec {
  requireLevel("deflate", level, [0, 9]);
  return {
    className: hadoopCodecPackage + name,
    compress: (bytes) => deflateSync(bytes, deflating(bytes, level)),
    compressAsync: (bytes) => deflateAsync(bytes, deflating(bytes, level)),
    decompress: (bytes, outputBytesMax) => decompressJoined(inflateSync, bytes, outputBytesMax),
    decompressAsync: (bytes, outputBytesMax) => decompressJoinedAsync(inflateAsync, bytes, outputBytesMax),
  };
}

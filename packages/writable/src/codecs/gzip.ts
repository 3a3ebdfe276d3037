import { promisify } from "node:util";
import { gunzip, gunzipSync, gzip, gzipSync } from "node:zlib";
import { hadoopCodecPackage, type Codec } from "./codec.ts";
import { decompressJoined, decompressJoinedAsync, deflating, requireLevel } from "./zlib-streams.ts";

const gzipAsync = promisify(gzip);
const gunzipAsync = promisify(gunzip);

/** Where a gzip header says what system wrote it (RFC 1952 section 2.3.1), and Unix. */
const systemOffset = 9;
const unix = 3;

/** How a {@link gzipCodec} compresses. */
export interface GzipCodecOptions {
  /** 0 to 9. @default 1 */
  readonly level?: number;
}

/**
 * `org.apache.hadoop.io.compress.GzipCodec`, by node:zlib. The bytes are a valid gzip stream of the same content
 * as Hadoop's own, not the same bytes: Node's zlib is Chromium's.
 *
 * @throws RangeError for another level.
 */
export function gzipCodec({ level = 1 }: GzipCodecOptions = {}): Codec {
  requireLevel("gzip", level, [0, 9]);
  return {
    className: `${hadoopCodecPackage}GzipCodec`,
    compress: (bytes) => asOnUnix(gzipSync(bytes, deflating(bytes, level))),
    compressAsync: async (bytes) => asOnUnix(await gzipAsync(bytes, deflating(bytes, level))),
    decompress: (bytes, outputBytesMax) => decompressJoined(gunzipSync, bytes, outputBytesMax),
    decompressAsync: (bytes, outputBytesMax) => decompressJoinedAsync(gunzipAsync, bytes, outputBytesMax),
  };
}

/** The platform shows in a stream: 03 on Linux, 13 on macOS, 0a on Windows. Hadoop's own are always 03. */
function asOnUnix(stream: Buffer): Buffer {
  stream[systemOffset] = unix;
  return stream;
}

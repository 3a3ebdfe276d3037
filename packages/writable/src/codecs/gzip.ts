import { promisify } from "node:util";
import { gunzip, gzip, gzipSync } from "node:zlib";
import type { Codec } from "./codec.ts";

const compress = promisify(gzip);
const decompress = promisify(gunzip);

const chunkBytesMin = 1024;
const chunkBytesMax = 4 * 1024 * 1024;
/** Where a gzip header says what system wrote it (RFC 1952 section 2.3.1), and Unix. */
const systemOffset = 9;
const unix = 3;

/** How a {@link gzipCodec} compresses. */
export interface GzipCodecOptions {
  /** 0 to 9. @default 1 */
  readonly level?: number;
  /**
   * Compresses on the calling thread: less work in all, for threads that have nothing else to do. The
   * bytes are the same, but for level 0, whose blocks follow the room that zlib is given.
   * @default false
   */
  readonly isSync?: boolean;
}

/**
 * `org.apache.hadoop.io.compress.GzipCodec`, by node:zlib on its thread pool. The bytes are a valid gzip
 * stream of the same content as Hadoop's own, not the same bytes: Node's zlib is Chromium's.
 */
export function gzipCodec(options: GzipCodecOptions = {}): Codec {
  const { level = 1, isSync = false } = options;
  if (!Number.isInteger(level) || level < 0 || level > 9) {
    throw new RangeError(`gzip has the levels 0 to 9, not ${level}`);
  }
  return {
    className: "org.apache.hadoop.io.compress.GzipCodec",
    async compress(bytes) {
      // Room for all output in one chunk: one job on the pool, and no joining on the event loop.
      const worst = bytes.length + (bytes.length >>> 10) + 64;
      const zlibOptions = { level, chunkSize: chunkBytes(worst) };
      const stream = isSync ? gzipSync(bytes, zlibOptions) : await compress(bytes, zlibOptions);
      // The platform shows here: 03 on Linux, 13 on macOS, 0a on Windows.
      stream[systemOffset] = unix;
      return stream;
    },
    decompress(bytes, outputBytesMax) {
      // One more than may come, else a stream of exactly that much asks for a second chunk.
      const chunkSize = chunkBytes(outputBytesMax + 1);
      return decompress(bytes, { chunkSize, maxOutputLength: Math.max(outputBytesMax, 1) });
    },
  };
}

function chunkBytes(expected: number): number {
  return Math.min(Math.max(expected, chunkBytesMin), chunkBytesMax);
}

import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import type { Codec } from "./codec.ts";

const compress = promisify(gzip);
const decompress = promisify(gunzip);

const chunkBytesMin = 1024;
const chunkBytesMax = 4 * 1024 * 1024;
/** Where a gzip header says what system wrote it (RFC 1952 section 2.3.1), and Unix. */
const systemOffset = 9;
const unix = 3;

/**
 * `org.apache.hadoop.io.compress.GzipCodec`, by node:zlib on its thread pool. The bytes are a valid gzip
 * stream of the same content as Hadoop's own, not the same bytes: Node's zlib is Chromium's.
 *
 * @param options.level 0 to 9. @default 1
 */
export function gzipCodec(options: { readonly level?: number } = {}): Codec {
  const level = options.level ?? 1;
  if (!Number.isInteger(level) || level < 0 || level > 9) {
    throw new RangeError(`gzip has the levels 0 to 9, not ${level}`);
  }
  return {
    className: "org.apache.hadoop.io.compress.GzipCodec",
    async compress(bytes) {
      // Room for all output in one chunk: one job on the pool, and no joining on the event loop.
      const worst = bytes.length + (bytes.length >>> 10) + 64;
      const stream = await compress(bytes, { level, chunkSize: chunkBytes(worst) });
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

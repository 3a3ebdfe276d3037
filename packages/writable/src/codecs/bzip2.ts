import { compressBzip2 } from "./bzip2/compress.ts";
import { decompressBzip2 } from "./bzip2/decompress.ts";
import { hadoopCodecPackage, type Codec } from "./codec.ts";
import { requireLevel } from "./zlib-streams.ts";

/** How a {@link bzip2Codec} compresses. */
export interface Bzip2CodecOptions {
  /** 1 to 9: blocks of so many times 100,000 bytes. @default 9, as Hadoop's */
  readonly level?: number;
}

/**
 * `org.apache.hadoop.io.compress.BZip2Codec`, in TypeScript (docs/adr/0013-bzip2.md): on the calling thread, and slow to
 * compress, some 1.5 MB a second.
 *
 * @throws RangeError for another level.
 */
export function bzip2Codec({ level = 9 }: Bzip2CodecOptions = {}): Codec {
  requireLevel("bzip2", level, [1, 9]);
  return {
    className: `${hadoopCodecPackage}BZip2Codec`,
    compress: (bytes) => compressBzip2(bytes, level),
    decompress: decompressBzip2,
  };
}

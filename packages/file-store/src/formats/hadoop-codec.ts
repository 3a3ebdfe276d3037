import {
  bzip2Codec,
  deflateCodec,
  gzipCodec,
  lz4Codec,
  snappyCodec,
  zstdCodec,
  type Codec,
} from "@sewer/writable";
import type { ResolvedFormatOptions } from "../options.ts";

type SequenceFileOptions = ResolvedFormatOptions & { type: "sequencefile" };

const codecs: Readonly<
  Record<NonNullable<SequenceFileOptions["codec"]>, (options: { level?: number }) => Codec>
> = {
  deflate: deflateCodec,
  gzip: gzipCodec,
  bzip2: bzip2Codec,
  zstd: zstdCodec,
  snappy: snappyCodec,
  lz4: lz4Codec,
};

/** Hadoop's codec for a SequenceFile whose compression is not `none`. */
export function hadoopCodec({ codec = "gzip", level }: SequenceFileOptions): Codec {
  return codecs[codec](level === undefined ? {} : { level });
}

import { bzip2Codec } from "./bzip2.ts";
import type { Codec } from "./codec.ts";
import { deflateCodec } from "./deflate.ts";
import { gzipCodec } from "./gzip.ts";
import { lz4Codec } from "./lz4.ts";
import { snappyCodec } from "./snappy.ts";
import { zstdCodec } from "./zstd.ts";

/** Every codec of this package, at its default level: what a reader knows unless it is told otherwise. */
export const hadoopCodecs: readonly Codec[] = [
  deflateCodec(),
  deflateCodec({ name: "DeflateCodec" }),
  gzipCodec(),
  bzip2Codec(),
  snappyCodec(),
  lz4Codec(),
  zstdCodec(),
];

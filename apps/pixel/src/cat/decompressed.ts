import { CompressedFileError, decompressFile, type FileCompression } from "@sewer/file-store";
import { damaged } from "./cat-error.ts";

/**
 * What a compressed file holds. Everything that came out before damage is given.
 *
 * @throws SewerError `SEWER_CAT_DAMAGED` with the byte of the compressed file.
 */
export async function* decompressed(
  chunks: AsyncIterable<Buffer>,
  compression: FileCompression,
): AsyncGenerator<Buffer, void, undefined> {
  try {
    yield* decompressFile(chunks, compression);
  } catch (error) {
    if (!(error instanceof CompressedFileError)) throw error;
    throw damaged(`byte ${error.offset}`, error.message, error);
  }
}

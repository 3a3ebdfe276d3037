// For writers of sinks that store files.
export { FileStoreSink, type FileStoreSinkOptions } from "./sink.ts";
export type {
  FileDifference,
  FileStore,
  FileUpload,
  PublishOutcome,
  VerifiedFile,
  WrittenFile,
} from "./file-store.ts";
export type { ReceiptFinding, VerifyReceiptOptions } from "./verify-receipt.ts";
export { formatOptions, pathOption, timeZoneOption } from "./options.ts";
export type { FormatOptions, ResolvedFormatOptions } from "./options.ts";
export { fileStoreErrors } from "./errors.ts";

// The pieces, for those who need one of them.
export { FilePublisher, type FilePublisherOptions, type FilePublisherStatistics } from "./publisher.ts";
export { encodeFilePlan, filePlanOf, type FilePlan } from "./plan.ts";
export { CompressedFileError, decompressFile, type FileCompression } from "./formats/decompress-stream.ts";
export { fileFormat } from "./formats/file-format.ts";
export { EncoderPool, sharedEncoders, type EncoderPoolOptions } from "./encoder/encoder-pool.ts";
export type { EncodingRequest } from "./encoder/encoding.ts";
export {
  extensionOf,
  type EncodableBatch,
  type FileFormat,
  type RecordDigest,
  type RecordTally,
} from "./formats/format.ts";
export {
  completePathPattern,
  expandPath,
  literalText,
  literalDirectory,
  parsePathPattern,
  sanitizePathValue,
} from "./path-pattern.ts";
export type { PathPart, PathPattern, PathToken, PathValues } from "./path-pattern.ts";
export type { DateField, DatePiece } from "./date-format.ts";

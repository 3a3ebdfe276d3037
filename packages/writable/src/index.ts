// Schemas: one description gives encoder, decoder and TypeScript types.
export { defineWritable, schemaOf } from "./schema.ts";
export type {
  FieldDescription,
  SchemaDescription,
  WritableFields,
  WritableInput,
  WritableSchema,
  WritableValue,
  WritableView,
} from "./schema.ts";
export {
  accessLogEvent,
  accessLogFields,
  extendedAccessLogEvent,
  originalAccessLogEvent,
  type AccessLogEvent,
  type AccessLogEventInput,
  type ExtendedAccessLogEvent,
  type ExtendedAccessLogEventInput,
  type OriginalAccessLogEvent,
} from "./access-log-event.ts";
export { originalKeyOf, sortHashOf, sortHashOfRecord } from "./sort-hash.ts";
export { javaSource } from "./java/java-source.ts";

// Writables: of one value.
export {
  booleanWritable,
  byteWritable,
  doubleWritable,
  floatWritable,
  intWritable,
  longWritable,
  shortWritable,
  vint,
  vlong,
} from "./writables/numbers.ts";
export { bytesWritable } from "./writables/bytes-writable.ts";
export { compressedString, hadoopString, javaUtf, utf8Writable } from "./writables/java-strings.ts";
export { md5Hash } from "./writables/md5-hash.ts";
export { nullable } from "./writables/nullable.ts";
export { nullWritable } from "./writables/null-writable.ts";
export { textPairs, type TextPair } from "./writables/text-pairs.ts";
export { text, textBytes } from "./writables/text.ts";

// Writables: of several values.
export { arrayPrimitiveWritable, type PrimitiveArray } from "./writables/array-primitive-writable.ts";
export { arrayWritable, twoDArrayWritable, type ArrayWritableOptions } from "./writables/array-writable.ts";
export {
  anyEnumSetWritable,
  enumSetWritable,
  type JavaEnum,
  type NamedEnumSet,
} from "./writables/enum-set-writable.ts";
export { genericWritable, type GenericWritableOptions } from "./writables/generic-writable.ts";
export { instanceOf, isInstanceOf, type WritableInstance } from "./writables/instance.ts";
export type { JavaObject, JavaPrimitive } from "./writables/java-object.ts";
export type { WritableEntries, WritableEntry } from "./writables/map-writable.ts";
export {
  compressedWritable,
  versionedWritable,
  type WrappedWritableOptions,
} from "./writables/wrapped-writables.ts";
export { WritableClasses, type WritableClassesOptions } from "./writables/writable-classes.ts";

// SequenceFiles.
export { SequenceFileWriter, type SequenceFileWriterOptions } from "./sequencefile/writer.ts";
export { openSequenceFile } from "./sequencefile/reader.ts";
export type {
  SequenceFileDamage,
  SequenceFileReader,
  SequenceFileReaderOptions,
} from "./sequencefile/reader.ts";
export type { SequenceFileRecord } from "./sequencefile/record.ts";
export type { RecordPart } from "./sequencefile/record-part.ts";
export type { ByteSource, RandomAccessSource } from "./sequencefile/byte-source.ts";
export { fileSource } from "./sequencefile/file-source.ts";
export type { SequenceFileCompression, SequenceFileHeader } from "./sequencefile/header.ts";
export { syncMarkerOf } from "./sequencefile/sync-marker.ts";
export type { Codec } from "./codecs/codec.ts";
export { hadoopCodecs } from "./codecs/hadoop-codecs.ts";
export { bzip2Codec, type Bzip2CodecOptions } from "./codecs/bzip2.ts";
export { deflateCodec, type DeflateCodecOptions } from "./codecs/deflate.ts";
export { gzipCodec, type GzipCodecOptions } from "./codecs/gzip.ts";
export { lz4Codec } from "./codecs/lz4.ts";
export { snappyCodec } from "./codecs/snappy.ts";
export { zstdCodec, type ZstdCodecOptions } from "./codecs/zstd.ts";

// Errors.
export { WritableError, writableErrors } from "./errors.ts";
export type { WritableErrorCode, WritableErrorOptions } from "./errors.ts";

// For those who write bytes themselves, or a Writable of their own.
export {
  readVInt,
  readVLong,
  vlongBytesMax,
  vlongLength,
  vlongLengthOf,
  writeVInt,
  writeVLong,
  writeVLongBigInt,
} from "./vint.ts";
export { ByteReader } from "./byte-reader.ts";
export { ByteWriter } from "./byte-writer.ts";
export { decodeJavaUtf8, toJavaWellFormed } from "./utf8.ts";
export type { AnyWritableType, WritableType } from "./writables/writable-type.ts";

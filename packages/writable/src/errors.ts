/** The codes of {@link WritableError}. */
export const writableErrors = {
  /** The bytes end before the value does. */
  truncated: "SEWER_WRITABLE_TRUNCATED",
  /** A VInt holds a number outside int32 (Hadoop: "value too long to fit in integer"). */
  vintRange: "SEWER_WRITABLE_VINT_RANGE",
  /** A length or a count is negative, or larger than what can be there. */
  length: "SEWER_WRITABLE_LENGTH",
  /** Bytes are left behind the last field. */
  trailingBytes: "SEWER_WRITABLE_TRAILING_BYTES",
  /**
   * The bytes contradict their type or themselves: no modified UTF-8, an unknown constant, a number of a class that
   * their table does not have, a stream that cannot be read.
   */
  malformed: "SEWER_WRITABLE_MALFORMED",
  /** The bytes are of a class that is not among those that the reader was given: give it that class, too. */
  unknownClass: "SEWER_WRITABLE_CLASS",
  /** Collections lie in each other deeper than 64 levels. */
  nesting: "SEWER_WRITABLE_NESTING",
  /** The null flags of a record contradict its fields, or unused flag bits are set. */
  nullFlags: "SEWER_WRITABLE_NULL_FLAGS",
  /** A schema cannot be used: unknown type, bad or doubled name, no fields. */
  schema: "SEWER_WRITABLE_SCHEMA",
  /** The file does not begin with `SEQ`. */
  notSequenceFile: "SEWER_SEQUENCEFILE_MAGIC",
  /** A SequenceFile of a version that is not read here. */
  version: "SEWER_SEQUENCEFILE_VERSION",
  /** The header contradicts itself. */
  header: "SEWER_SEQUENCEFILE_HEADER",
  /** The file's compression or codec is not known to this reader; the message names it. */
  codec: "SEWER_SEQUENCEFILE_CODEC",
  /** The file ends inside its header, a record or a block. Everything before `offset` was whole. */
  fileTruncated: "SEWER_SEQUENCEFILE_TRUNCATED",
  /** A sync marker is missing or differs from the header's (Hadoop: "File is corrupt!"). */
  sync: "SEWER_SEQUENCEFILE_SYNC",
  /** A record's or a block's lengths are impossible, or its compressed bytes cannot be read. */
  damaged: "SEWER_SEQUENCEFILE_DAMAGED",
  /** A record or a block buffer is larger than `bufferBytesMax` allows. */
  tooLarge: "SEWER_SEQUENCEFILE_TOO_LARGE",
} as const;

/** One of {@link writableErrors}. */
export type WritableErrorCode = (typeof writableErrors)[keyof typeof writableErrors];

/** Where a {@link WritableError} happened, and what is underneath. */
export interface WritableErrorOptions {
  /** First byte of what could not be read: in the given buffer, or in the file. */
  readonly offset?: number;
  /** The error underneath, where there is one. */
  readonly cause?: unknown;
}

/**
 * Bytes or a schema that cannot be used. A wrong argument is no such error but a RangeError or TypeError.
 */
export class WritableError extends Error {
  override readonly name = "WritableError";
  /** What happened; decide by this, never by the message. */
  readonly code: WritableErrorCode;
  /** First byte of what could not be read: in the given buffer, or in the file. Undefined for schema errors. */
  readonly offset: number | undefined;

  constructor(code: WritableErrorCode, message: string, options: WritableErrorOptions = {}) {
    const place = options.offset === undefined ? "" : ` (at byte ${options.offset})`;
    super(message + place, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.offset = options.offset;
  }
}

/** A schema that cannot be used. */
export function schemaError(message: string): WritableError {
  return new WritableError(writableErrors.schema, message);
}

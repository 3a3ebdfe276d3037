/** The codes of this package's errors. */
export const fileStoreErrors = {
  /** Something else lies under the batch's final name: other records, or a directory. Never overwritten. */
  conflict: "SEWER_FILE_CONFLICT",
  /** The segment's meta holds no usable plan (path and format) for this sink. */
  planInvalid: "SEWER_FILE_PLAN_INVALID",
  /** A verified file was neither under its temporary nor under its final name; the batch is written again. */
  vanished: "SEWER_FILE_VANISHED",
  /** The journal of the batch holds notes of a newer version. */
  journalUnknown: "SEWER_FILE_JOURNAL_UNKNOWN",
  /** The records' schema, or the format, is none that this version can write. */
  notBuilt: "SEWER_FILE_NOT_BUILT",
  /** A record's bytes do not follow its schema. */
  recordInvalid: "SEWER_FILE_RECORD_INVALID",
  /** The encoder and the spool count the batch's records differently; nothing was published. */
  recordCount: "SEWER_FILE_RECORD_COUNT",
  /** An encoder thread ended before the file was complete; nothing was published. */
  encoderDied: "SEWER_FILE_ENCODER_DIED",
  /** The delivery was aborted. */
  aborted: "SEWER_FILE_ABORTED",
  /** A failure that nobody classified. */
  failed: "SEWER_FILE_FAILED",
} as const;

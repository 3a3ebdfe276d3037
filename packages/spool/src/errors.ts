/** Every error code of this package. */
export const spoolErrors = {
  /** Another process delivers from this spool directory. Stop it, or give this one its own `spool.dir`. */
  locked: "SEWER_SPOOL_LOCKED",
  /** The spool directory cannot be made or written. Mend its owner and permissions. */
  notWritable: "SEWER_SPOOL_NOT_WRITABLE",
  /** The disk failed to sync twice in a row: nothing is taken any more until a restart. Check the disk. */
  failed: "SEWER_SPOOL_FAILED",
  /** Records that were still in memory could not be written before the spool had to close. */
  notWritten: "SEWER_SPOOL_NOT_WRITTEN",
  /** A segment, journal or directory of the spool could not be read. Check the disk. */
  unreadable: "SEWER_SPOOL_UNREADABLE",
  /** The file is no segment of a version that this program knows. */
  notASegment: "SEWER_SPOOL_NOT_A_SEGMENT",
  /**
   * A receipt, a journal entry or the new place of a batch could not be made durable; the batch stays where it
   * is. Check the disk.
   */
  notDurable: "SEWER_SPOOL_NOT_DURABLE",
  /** The sink says it delivered another number of records than the batch holds; the batch stays. */
  receiptMismatch: "SEWER_SPOOL_RECEIPT_MISMATCH",
  /** The directory holds no spool. Name the one that `spool.dir` of a flow names. */
  notASpool: "SEWER_SPOOL_NOT_A_SPOOL",
  /** A batch that was to be requeued is not in the quarantine of a sink. `sewer spool ls` tells where it is. */
  notInQuarantine: "SEWER_SPOOL_NOT_IN_QUARANTINE",
  /** A segment could not be copied out of the spool, or the destination has a file of its name. */
  exportFailed: "SEWER_SPOOL_EXPORT",
} as const;

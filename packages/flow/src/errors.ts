/** The codes of this package's errors. */
export const flowErrors = {
  /** The flow was closed while it was being opened. Nothing is left open. */
  interrupted: "SEWER_FLOW_INTERRUPTED",
  /** Too many changes of a flow's config while requests from before the first of them are still under way. */
  changing: "SEWER_FLOW_CHANGING",
  /** A sink failed with an error that has no code of its own; taken for a temporary fault of the sink. */
  sinkFailed: "SEWER_SINK_FAILED",
  /** A batch should have gone to quarantine and could not be moved there. It stays and is tried again. */
  quarantineFailed: "SEWER_QUARANTINE_FAILED",
  /** A delivery took longer than `retry.deliverTimeout` and was aborted. The batch is tried again. */
  deliverTimeout: "SEWER_DELIVERY_TIMEOUT",
  /** What is known of a batch's attempts could not be written or read. After a restart it may be tried too soon. */
  attemptsNotKept: "SEWER_ATTEMPTS_NOT_KEPT",
} as const;

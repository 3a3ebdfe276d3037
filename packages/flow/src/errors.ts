/** The codes of this package's errors. */
export const flowErrors = {
  /** The flow was closed while it was being opened. Nothing is left open. */
  interrupted: "SEWER_FLOW_INTERRUPTED",
  /** A sink failed with an error that has no code of its own; taken for a temporary fault of the sink. */
  sinkFailed: "SEWER_SINK_FAILED",
  /** A batch should have gone to quarantine and could not be moved there. It stays and is tried again. */
  quarantineFailed: "SEWER_QUARANTINE_FAILED",
} as const;

/**
 * Why a request is refused, with the status it is answered. A closed set: the reasons are metric labels.
 * Every refusal closes the connection (docs/specs/http.md).
 */
export const refusalStatus = {
  /** No method, double space, bytes that no request line has: TLS and PROXY preambles end here too. */
  "bad-request-line": 400,
  /** A target in no form that the method allows, or with a byte that no target has. */
  "bad-target": 400,
  /** Not `HTTP/` digit `.` digit, or HTTP/0.9. */
  "bad-version": 400,
  /** A field line out of its grammar: blank before the colon, folded, control bytes. */
  "bad-field": 400,
  /** A CR or LF that is not part of a CRLF. */
  "bad-line-end": 400,
  "host-missing": 400,
  "host-repeated": 400,
  "host-invalid": 400,
  /** An absolute-form target that names another host than the Host field. */
  "host-mismatch": 400,
  "content-length-invalid": 400,
  /** Repeated, or anything but the one word `chunked`. */
  "transfer-encoding-invalid": 400,
  /** Content-Length and Transfer-Encoding together. */
  "framing-conflict": 400,
  /** A chunk line or the end of a chunk out of its grammar. */
  "bad-chunk": 400,
  /** A trailer field out of the grammar of fields. */
  "bad-trailer": 400,
  "method-not-allowed": 405,
  /** The head did not come whole in time. */
  "head-timeout": 408,
  /** The body did not come whole in time, or nothing of it came for a while. */
  "body-timeout": 408,
  /** A body of more than `body.maxBytes`, as announced or as counted. */
  "body-too-large": 413,
  "chunk-extensions-too-large": 413,
  "request-line-too-long": 414,
  "expectation-unknown": 417,
  "head-too-large": 431,
  "too-many-fields": 431,
  /** Trailer fields over the limits of a head's. */
  "trailers-too-large": 431,
  /** The channel's policy is to refuse while it is full. */
  "channel-full": 503,
  /** All connections together hold as many unparsed bytes as `limits.buffered` allows. */
  "buffers-full": 503,
  "version-not-supported": 505,
} as const;

/** A key of {@link refusalStatus}. */
export type RefusalReason = keyof typeof refusalStatus;

/** All reasons, in the order of {@link refusalStatus}. */
export const refusalReasons = Object.keys(refusalStatus) as readonly RefusalReason[];

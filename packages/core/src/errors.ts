/**
 * What a failure means for the next attempt.
 *
 * - `temporary`: the same call may succeed later without anybody's help.
 * - `permanent`: it will not; someone has to change the data, the config or the cluster.
 */
export type ErrorRetry = "temporary" | "permanent";

/**
 * Whose fault it is.
 *
 * - `batch`: surely this batch's own (its bytes, its name). Counts against the batch, may quarantine it.
 * - `sink`: everything else, the unknown too. Opens the breaker, never counts against a batch.
 */
export type ErrorScope = "batch" | "sink";

/** What a {@link SewerError} is made of. */
export interface SewerErrorOptions {
  /** @default "temporary" */
  readonly retry?: ErrorRetry;
  /** @default "sink" */
  readonly scope?: ErrorScope;
  /** Plain fields for the log. Never a secret: no token, no URL query. */
  readonly context?: Readonly<Record<string, string | number | boolean | null>>;
  /** The error underneath, where there is one. */
  readonly cause?: unknown;
}

const brand = Symbol.for("@sewer/core/SewerError");

/**
 * The one error class. `code` says what happened (`SEWER_SPOOL_LOCKED`), the message says it in words
 * together with what to do, `retry` and `scope` say what follows. Code that decides looks at these three,
 * never at the message or the class.
 */
export class SewerError extends Error {
  override readonly name = "SewerError";
  readonly code: string;
  readonly retry: ErrorRetry;
  readonly scope: ErrorScope;
  readonly context: Readonly<Record<string, string | number | boolean | null>>;
  readonly [brand] = true;

  constructor(code: string, message: string, options: SewerErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.retry = options.retry ?? "temporary";
    this.scope = options.scope ?? "sink";
    this.context = options.context ?? {};
  }
}

/** True for a {@link SewerError} of any copy of this package (two versions may meet in one process). */
export function isSewerError(error: unknown): error is SewerError {
  return typeof error === "object" && error !== null && brand in error;
}

/**
 * Gives `error` back if it is a {@link SewerError}, else wraps it as `code` with scope `sink` and retry
 * `temporary`: what nobody classified never counts against data.
 */
export function toSewerError(error: unknown, code: string): SewerError {
  if (isSewerError(error)) return error;
  return new SewerError(code, error instanceof Error ? error.message : String(error), { cause: error });
}

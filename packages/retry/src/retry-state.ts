/**
 * What is known of a batch's earlier attempts, kept beside it over restarts. It is advice: when it is lost, a
 * wait is shorter than it would have been.
 */
export interface RetryState {
  /** Attempts that were begun. */
  readonly attempts: number;
  /** Of those, the ones that the process did not survive. */
  readonly unfinished: number;
  /** Failures that were the batch's own. */
  readonly batchFailures: number;
  /** Epoch milliseconds; undefined when none failed. */
  readonly firstFailureMs: number | undefined;
  /** Epoch milliseconds before which it should not be tried; undefined when it waits for the sink, or for nothing. */
  readonly nextDueMs: number | undefined;
  readonly lastError: RetryStateError | undefined;
}

/** The newest failure of a batch. */
export interface RetryStateError {
  readonly code: string;
  /** Cut to 1000 characters in {@link encodeRetryState}. */
  readonly message: string;
  /** Epoch milliseconds. */
  readonly atMs: number;
}

const messageLengthMax = 1000;
const codeLengthMax = 100;

/** UTF-8 JSON of at most 8 KiB, with `"v":1`; what has no value is missing. */
export function encodeRetryState(state: RetryState): Uint8Array {
  const { lastError } = state;
  const error = lastError && {
    ...lastError,
    code: lastError.code.slice(0, codeLengthMax),
    message: lastError.message.slice(0, messageLengthMax),
  };
  return new TextEncoder().encode(JSON.stringify({ v: 1, ...state, lastError: error }));
}

/** Reads what {@link encodeRetryState} wrote. @returns undefined for anything else: it is advice, not data. */
export function decodeRetryState(bytes: Uint8Array): RetryState | undefined {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
  const fields = fieldsOf(json);
  if (fields["v"] !== 1) return undefined;
  const { attempts, unfinished, batchFailures } = fields;
  if (!isCount(attempts) || !isCount(unfinished) || !isCount(batchFailures)) return undefined;
  const firstFailureMs = numberOf(fields["firstFailureMs"]);
  const nextDueMs = numberOf(fields["nextDueMs"]);
  const lastError = errorOf(fieldsOf(fields["lastError"]));
  return { attempts, unfinished, batchFailures, firstFailureMs, nextDueMs, lastError };
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function errorOf({ code, message, atMs }: Record<string, unknown>): RetryStateError | undefined {
  if (typeof code !== "string" || typeof message !== "string" || typeof atMs !== "number") return undefined;
  return { code, message, atMs };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

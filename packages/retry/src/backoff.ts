import type { Random } from "@sewer/core";

/** How waits grow. */
export interface Backoff {
  /** Longest wait after the first failure, in milliseconds. */
  readonly baseMs: number;
  /** Longest wait after any failure, in milliseconds. */
  readonly capMs: number;
}

/**
 * The wait after the `failures`-th failure in a row, with full jitter: a uniform whole number of
 * milliseconds in [0, min(cap, base * 2^(failures - 1))]. Starting at zero, not at a part of the limit,
 * is what keeps a thousand clients that failed together from coming back together.
 *
 * @param failures 1 for the first. Any size: the growth stops at the cap, it does not overflow.
 */
export function backoffDelayMs(backoff: Backoff, failures: number, random: Random): number {
  // 2^52 ms is more than any cap; a larger exponent would only bring Infinity into the arithmetic.
  const exponent = Math.min(Math.max(failures - 1, 0), 52);
  const limitMs = Math.min(backoff.capMs, backoff.baseMs * 2 ** exponent);
  return Math.min(Math.floor(random.next() * (limitMs + 1)), limitMs);
}

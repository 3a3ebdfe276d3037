import type { ErrorRetry, ErrorScope } from "@sewer/core";
import type { Permit } from "./breaker.ts";
import type { Waiter } from "./lane.ts";
import type { RetryStateError } from "./retry-state.ts";

/** What of a SewerError decides. */
export interface RetryableError {
  readonly scope: ErrorScope;
  readonly retry: ErrorRetry;
  readonly code?: string;
  readonly message?: string;
  /** `retryAfterMs`: how long the other side wants to be left alone. */
  readonly context?: Readonly<Record<string, unknown>>;
}

/**
 * Where an item waits.
 *
 * - `fresh`: sealed in this run, never failed. One slot is always kept for it.
 * - `backlog`: left by an earlier run, or failed before.
 * - `alone`: the process ended during several attempts at it. Last, and nothing beside it.
 */
export type LaneName = "fresh" | "backlog" | "alone";

/** One item of a RetryQueue with what is known of it. */
export interface Entry<Item> extends Waiter {
  readonly item: Item;
  readonly bytes: number;
  lane: LaneName;
  attempts: number;
  unfinished: number;
  /** Failures that were its own fault. */
  batchFailures: number;
  /** Failures of the sink with it since it first failed again although others had succeeded in between. */
  suspicions: number;
  hasFailed: boolean;
  /** Successes of the sink when it last failed with this item; undefined when it never did. */
  successesSeen: number | undefined;
  firstFailureMs: number | undefined;
  lastError: RetryStateError | undefined;
  /** The attempt under way; undefined while it waits. */
  permit: Permit | undefined;
}

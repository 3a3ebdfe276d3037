export { RetryQueue } from "./retry-queue.ts";
export type { BreakerStatus, ItemInfo, RetryDecision, RetryQueueOptions, Woken } from "./retry-queue.ts";
export type { BreakerState } from "./breaker.ts";
export type { RetryableError } from "./entry.ts";
export { decodeRetryState, encodeRetryState } from "./retry-state.ts";
export type { RetryState, RetryStateError } from "./retry-state.ts";
export { backoffDelayMs, type Backoff } from "./backoff.ts";
export { retryOptions, type ResolvedRetryOptions, type RetryOptions } from "./options.ts";

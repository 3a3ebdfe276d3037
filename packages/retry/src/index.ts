export { RetryQueue } from "./retry-queue.ts";
export type { RetryableError, RetryDecision, RetryQueueOptions } from "./retry-queue.ts";
export { backoffDelayMs, type Backoff } from "./backoff.ts";
export { retryOptions, type ResolvedRetryOptions, type RetryOptions } from "./options.ts";

import assert from "node:assert";
import type { Clock, Random } from "@sewer/core";
import { backoffDelayMs, type Backoff } from "./backoff.ts";
import { Breaker, type BreakerState } from "./breaker.ts";
import type { Entry, RetryableError } from "./entry.ts";
import { Lanes, type SinkOpening } from "./lanes.ts";
import type { ResolvedRetryOptions } from "./options.ts";
import type { RetryState } from "./retry-state.ts";
import { RunningSet } from "./running-set.ts";

/** Attempts that a process did not survive, after which a batch is tried last and alone. */
const unfinishedMax = 3;
/** Failures of its own after which such a batch goes to quarantine. */
const aloneFailuresMax = 3;
/** A longer Retry-After is cut to this: an hour, so that no server's mistake stops delivery for a day. */
const retryAfterMaxMs = 3_600_000;

/** What {@link RetryQueue} is made of. */
export interface RetryQueueOptions {
  readonly retry: ResolvedRetryOptions;
  /**
   * Waits after failures that are not a batch's own.
   *
   * @default { baseMs: 1000, capMs: 60_000 }
   */
  readonly sinkBackoff?: Backoff;
  /** Waits are measured by `monotonic()`; `now()` is only read for what {@link RetryState} says. */
  readonly clock: Clock;
  readonly random: Random;
}

/** What {@link RetryQueue.add} is told of an item. */
export interface ItemInfo {
  /**
   * Counted to `parallelBytes` and `backlogRate`.
   *
   * @default 0
   */
  readonly bytes?: number;
  /**
   * False for what an earlier run left: it belongs to the backlog.
   *
   * @default true
   */
  readonly isFresh?: boolean;
  /** What {@link RetryQueue.stateOf} said of it in an earlier run. */
  readonly state?: RetryState | undefined;
}

/**
 * What to do with an item whose attempt failed.
 *
 * - `retry`: nothing; the queue gives it out again, after `delayMs` at the earliest.
 * - `quarantine`: move it away and call {@link RetryQueue.removed}; `attempts` failures were its own.
 */
export type RetryDecision =
  | { readonly kind: "retry"; readonly delayMs: number }
  | { readonly kind: "quarantine"; readonly attempts: number };

/**
 * Decides which of one sink's batches is tried next, and when (docs/specs/retry.md). Pure policy: it does no I/O
 * and owns no timer; the caller asks {@link take}, reports what came of it, and sleeps until {@link nextDueMs}.
 *
 * It holds every item that is added until it succeeds or is taken out; the disk budget of the spool bounds
 * their number.
 */
export class RetryQueue<Item> {
  readonly #retry: ResolvedRetryOptions;
  readonly #batchBackoff: Backoff;
  readonly #sinkBackoff: Backoff;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #breaker: Breaker;
  readonly #running: RunningSet<Item>;
  readonly #lanes: Lanes<Item>;
  readonly #waiting = new Map<Item, Entry<Item>>();
  #order = 0;
  #successes = 0;
  #retrying = 0;

  constructor({ retry, sinkBackoff, clock, random }: RetryQueueOptions) {
    this.#retry = retry;
    this.#batchBackoff = { baseMs: retry.base, capMs: retry.cap };
    this.#sinkBackoff = sinkBackoff ?? { baseMs: 1000, capMs: 60_000 };
    this.#clock = clock;
    this.#random = random;
    this.#running = new RunningSet(retry);
    this.#lanes = new Lanes(retry, clock, this.#running);
    this.#breaker = new Breaker({ parallel: retry.parallel, backoff: this.#sinkBackoff, clock, random });
  }

  /** Items that wait for an attempt. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Items that were given out and not reported back yet. */
  get running(): number {
    return this.#running.size;
  }

  /** Bytes of the {@link running} ones. */
  get runningBytes(): number {
    return this.#running.bytes;
  }

  /** Items that wait after a failure. */
  get retrying(): number {
    return this.#retrying;
  }

  /** True from a failure of the sink to its next success. */
  get isSinkFailing(): boolean {
    return this.#breaker.isFailing;
  }

  /** How the sink as a whole is treated. */
  get breaker(): BreakerStatus {
    const { state, slots, openings, probes } = this.#breaker;
    return { state, slots, openings, probes };
  }

  /**
   * When {@link take} will give something, in milliseconds of the monotonic clock; a time that has passed
   * means now. Undefined when only an addition or a report can change that. Ask again after each of those.
   */
  get nextDueMs(): number | undefined {
    const opening = this.#opening;
    return opening && this.#lanes.nextMs(opening);
  }

  /** Adds an item that is not in the queue. */
  add(item: Item, { bytes = 0, isFresh = true, state }: ItemInfo = {}): void {
    assert(!this.#waiting.has(item) && !this.#running.has(item), "the item is in the queue already");
    const { attempts = 0, unfinished = 0, batchFailures = 0, firstFailureMs, lastError } = state ?? {};
    const lane =
      unfinished >= unfinishedMax ? "alone" : isFresh && lastError === undefined ? "fresh" : "backlog";
    this.#order += 1;
    this.#push({
      item,
      bytes,
      lane,
      dueMs: this.#clock.monotonic() + this.#restartDelayMs(state),
      order: this.#order,
      position: -1,
      attempts,
      unfinished,
      batchFailures,
      suspicions: 0,
      hasFailed: lastError !== undefined,
      successesSeen: undefined,
      firstFailureMs,
      lastError,
      permit: undefined,
    });
  }

  /** The item to try now, if there is one. The caller reports back by exactly one of the calls below. */
  take(): Item | undefined {
    const opening = this.#opening;
    const entry = opening && this.#lanes.take(opening);
    if (entry === undefined) return undefined;
    this.#forget(entry);
    entry.attempts += 1;
    entry.permit = this.#breaker.begin();
    this.#running.add(entry);
    return entry.item;
  }

  /**
   * Takes an item that waits out of the queue for good, at once, in O(log n).
   *
   * @returns false, and nothing is done, when it runs or is not in the queue.
   */
  withdraw(item: Item): boolean {
    const entry = this.#waiting.get(item);
    if (entry === undefined) return false;
    this.#lanes.remove(entry);
    this.#forget(entry);
    return true;
  }

  /**
   * Somebody has mended something: items that wait after a failure are due now, and an open breaker lets its probe
   * begin. Everything else holds: the order, the slots, the rate, one probe at a time.
   *
   * @param isIt which items. @default all
   */
  retryNow(isIt: (item: Item) => boolean = () => true): Woken<Item> {
    const nowMs = this.#clock.monotonic();
    const items: Item[] = [];
    for (const entry of this.#waiting.values()) {
      if (!entry.hasFailed || !isIt(entry.item)) continue;
      this.#lanes.remove(entry);
      entry.dueMs = Math.min(entry.dueMs, nowMs);
      this.#lanes.push(entry);
      items.push(entry.item);
    }
    return { items, isProbeDue: this.#breaker.endWait() };
  }

  /** What is worth keeping of an item that is in the queue, as of now: an attempt under way is unfinished. */
  stateOf(item: Item): RetryState {
    const entry = this.#waiting.get(item) ?? this.#running.get(item);
    const { attempts, batchFailures, firstFailureMs, lastError } = entry;
    const unfinished = entry.unfinished + (entry.permit === undefined ? 0 : 1);
    const delayMs = entry.dueMs - this.#clock.monotonic();
    const nextDueMs = delayMs > 0 ? this.#clock.now() + Math.ceil(delayMs) : undefined;
    return { attempts, unfinished, batchFailures, firstFailureMs, nextDueMs, lastError };
  }

  /** The attempt succeeded: the item leaves the queue, and the sink is known to work. */
  succeeded(item: Item): void {
    const entry = this.#running.get(item);
    this.#running.remove(entry);
    this.#successes += 1;
    assert(entry.permit !== undefined, "the attempt was reported as failed before");
    this.#breaker.succeeded(entry.permit);
  }

  /** The item leaves the queue without a success, because it was quarantined. */
  removed(item: Item): void {
    const entry = this.#running.get(item);
    this.#running.remove(entry);
    this.#release(entry);
  }

  /** The attempt was given up by the caller, which says nothing of the item or the sink. It waits again, due at once. */
  aborted(item: Item): void {
    const entry = this.#running.get(item);
    this.#running.remove(entry);
    this.#release(entry);
    this.#push(entry);
  }

  /**
   * The attempt failed. On `retry` the item waits in the queue again; on `quarantine` it still counts as
   * running, until {@link removed}, or until this is called again because it could not be moved.
   */
  failed(item: Item, error: RetryableError): RetryDecision {
    const entry = this.#running.get(item);
    const { code = "", message = "" } = error;
    const atMs = this.#clock.now();
    entry.firstFailureMs ??= atMs;
    entry.lastError = { code, message, atMs };
    return error.scope === "sink" ? this.#sinkFailed(entry, error) : this.#batchFailed(entry, error);
  }

  #batchFailed(entry: Entry<Item>, error: RetryableError): RetryDecision {
    this.#release(entry);
    entry.batchFailures += 1;
    const { maxAttempts } = this.#retry;
    const failuresMax = entry.lane === "alone" ? Math.min(maxAttempts, aloneFailuresMax) : maxAttempts;
    if (error.retry === "permanent" || entry.batchFailures >= failuresMax) {
      return { kind: "quarantine", attempts: entry.batchFailures };
    }
    const delayMs = backoffDelayMs(this.#batchBackoff, entry.batchFailures, this.#random);
    return this.#wait(entry, Math.max(delayMs, retryAfterMsOf(error) ?? 0));
  }

  #sinkFailed(entry: Entry<Item>, error: RetryableError): RetryDecision {
    const { successesSeen, permit } = entry;
    const isContradicted = successesSeen !== undefined && this.#successes > successesSeen;
    if (isContradicted || entry.suspicions > 0) entry.suspicions += 1;
    entry.successesSeen = this.#successes;
    const suspect = entry.suspicions > 0 ? entry.item : undefined;
    const retryAfterMs = retryAfterMsOf(error);
    if (permit !== undefined) this.#breaker.failed(permit, { suspect, retryAfterMs });
    // Behind every other, so that one that never succeeds is not every probe, nor spends all of the rate.
    if (permit?.isProbe === true || suspect !== undefined) this.#order = entry.order = this.#order + 1;
    // The open breaker is wait enough: all may be due when the sink is back, and pass one after the other.
    if (this.#breaker.state !== "closed" && suspect === undefined) return this.#wait(entry, 0);
    const delayMs = backoffDelayMs(this.#sinkBackoff, entry.suspicions + 1, this.#random);
    return this.#wait(entry, Math.max(delayMs, retryAfterMs ?? 0));
  }

  #wait(entry: Entry<Item>, delayMs: number): RetryDecision {
    this.#running.remove(entry);
    entry.permit = undefined;
    entry.hasFailed = true;
    if (entry.lane === "fresh") entry.lane = "backlog";
    const nowMs = this.#clock.monotonic();
    entry.dueMs = nowMs + delayMs;
    this.#push(entry);
    return { kind: "retry", delayMs: Math.max(delayMs, (this.#breaker.opensMs ?? nowMs) - nowMs) };
  }

  get #opening(): SinkOpening | undefined {
    const atMs = this.#breaker.opensMs;
    return atMs === undefined ? undefined : { atMs, isProbe: this.#breaker.state !== "closed" };
  }

  /** When an item that failed in an earlier run is due: at random, as a whole fleet may have started just now. */
  #restartDelayMs(state: RetryState | undefined): number {
    if (state?.lastError === undefined) return 0;
    const { base, cap } = this.#retry;
    // The wall clock may have jumped meanwhile: never longer than the longest wait.
    const leftMs = (state.nextDueMs ?? 0) - this.#clock.now();
    return this.#random.next() * Math.min(Math.max(leftMs, base), cap);
  }

  #push(entry: Entry<Item>): void {
    this.#lanes.push(entry);
    this.#waiting.set(entry.item, entry);
    if (entry.hasFailed) this.#retrying += 1;
  }

  #forget(entry: Entry<Item>): void {
    this.#waiting.delete(entry.item);
    if (entry.hasFailed) this.#retrying -= 1;
  }

  #release(entry: Entry<Item>): void {
    if (entry.permit !== undefined) this.#breaker.released(entry.permit);
    entry.permit = undefined;
  }
}

/** What {@link RetryQueue.retryNow} has changed. */
export interface Woken<Item> {
  /** Due now, in no particular order. */
  readonly items: readonly Item[];
  /** The breaker was open, and lets an attempt through now to find out whether the sink is back. */
  readonly isProbeDue: boolean;
}

/** How {@link RetryQueue} treats its sink as a whole. */
export interface BreakerStatus {
  readonly state: BreakerState;
  /** Attempts that may run side by side as it stands. */
  readonly slots: number;
  /** Times that the breaker opened, counting each failed probe. */
  readonly openings: number;
  /** Attempts that were made to find out whether the sink is back. */
  readonly probes: number;
}

function retryAfterMsOf({ context }: RetryableError): number | undefined {
  const value = context?.["retryAfterMs"];
  return typeof value === "number" && value > 0 ? Math.min(value, retryAfterMaxMs) : undefined;
}

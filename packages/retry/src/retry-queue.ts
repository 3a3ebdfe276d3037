import assert from "node:assert";
import type { Clock, ErrorRetry, ErrorScope, Random } from "@sewer/core";
import { backoffDelayMs, type Backoff } from "./backoff.ts";
import { DueHeap, type Due } from "./due-heap.ts";
import type { ResolvedRetryOptions } from "./options.ts";
import { SinkGate } from "./sink-gate.ts";

/** What {@link RetryQueue} is made of. */
export interface RetryQueueOptions {
  readonly retry: ResolvedRetryOptions;
  /**
   * Waits after failures that are not a batch's own.
   *
   * @default { baseMs: 1000, capMs: 60_000 }
   */
  readonly sinkBackoff?: Backoff;
  /** Only `monotonic()` is read: wall-clock jumps mean nothing here. */
  readonly clock: Clock;
  readonly random: Random;
}

/** The two words of a SewerError that decide. */
export interface RetryableError {
  readonly scope: ErrorScope;
  readonly retry: ErrorRetry;
}

/**
 * What to do with an item whose attempt failed.
 *
 * - `retry`: nothing; the queue gives it out again after `delayMs`.
 * - `quarantine`: move it away and call {@link RetryQueue.removed}; `attempts` failures were its own.
 */
export type RetryDecision =
  | { readonly kind: "retry"; readonly delayMs: number }
  | { readonly kind: "quarantine"; readonly attempts: number };

interface Entry<Item> extends Due {
  readonly item: Item;
  /** Failures that were its own fault. */
  batchFailures: number;
  /** Failures that were the sink's or nobody's known. */
  sinkFailures: number;
  /** Times that it failed again although the sink had served others in between. */
  contradictions: number;
  lastScope: ErrorScope | undefined;
  /** Successes of the sink when this one last failed. */
  successesSeen: number;
  /** The gate's generation when the running attempt began. */
  generation: number;
}

/**
 * Decides which of one sink's batches is tried next, and when. Pure policy: it does no I/O and owns no
 * timer; the caller asks {@link take}, reports what came of it, and sleeps until {@link nextDueMs}.
 *
 * Whoever has been due longest goes first, a failed item is due later than everything that is due now, and
 * so nothing is ever held up by an item that waits, nor starved by a stream of new ones.
 * It holds every item that is added until it succeeds or is removed; the disk budget of the spool bounds
 * their number.
 */
export class RetryQueue<Item> {
  readonly #retry: ResolvedRetryOptions;
  readonly #batchBackoff: Backoff;
  readonly #sinkBackoff: Backoff;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #gate: SinkGate;
  readonly #waiting = new DueHeap<Entry<Item>>();
  readonly #waitingOf = new Map<Item, Entry<Item>>();
  readonly #running = new Map<Item, Entry<Item>>();
  #probe: Entry<Item> | undefined;
  #added = 0;
  #successes = 0;
  #retrying = 0;

  constructor(options: RetryQueueOptions) {
    this.#retry = options.retry;
    this.#batchBackoff = { baseMs: options.retry.base, capMs: options.retry.cap };
    this.#sinkBackoff = options.sinkBackoff ?? { baseMs: 1000, capMs: 60_000 };
    this.#clock = options.clock;
    this.#random = options.random;
    const { clock, random } = options;
    this.#gate = new SinkGate({ backoff: this.#sinkBackoff, clock, random });
  }

  /** Items that wait for an attempt. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Items that were given out and not reported back yet. */
  get running(): number {
    return this.#running.size;
  }

  /** Items that wait after a failure. */
  get retrying(): number {
    return this.#retrying;
  }

  /** True from a failure of the sink to the next success: one attempt at a time, with growing waits. */
  get isSinkFailing(): boolean {
    return this.#gate.isFailing;
  }

  /**
   * When {@link take} will give something, in milliseconds of the monotonic clock; a time that has passed
   * means now. Undefined when only an addition or a report can change that. Ask again after each of those.
   */
  get nextDueMs(): number | undefined {
    const first = this.#waiting.peek();
    if (first === undefined || this.#running.size >= this.#retry.parallel) return undefined;
    if (!this.#gate.isFailing) return first.dueMs;
    // A probe of an earlier outage may still run; it says nothing of this one.
    const isProbing = this.#probe?.generation === this.#gate.generation;
    return isProbing ? undefined : Math.max(first.dueMs, this.#gate.opensMs);
  }

  /** Adds an item that was never tried: due at once. An item is added once. */
  add(item: Item): void {
    this.#added += 1;
    this.#push({
      item,
      dueMs: this.#clock.monotonic(),
      order: this.#added,
      position: -1,
      batchFailures: 0,
      sinkFailures: 0,
      contradictions: 0,
      lastScope: undefined,
      successesSeen: 0,
      generation: 0,
    });
  }

  /** The item to try now, if there is one. The caller reports back by exactly one of the calls below. */
  take(): Item | undefined {
    const dueMs = this.nextDueMs;
    if (dueMs === undefined || dueMs > this.#clock.monotonic()) return undefined;
    const entry = this.#waiting.pop();
    assert(entry !== undefined, "nextDueMs spoke of an item that is not there");
    this.#forget(entry);
    entry.generation = this.#gate.generation;
    if (this.#gate.isFailing) this.#probe = entry;
    this.#running.set(entry.item, entry);
    return entry.item;
  }

  /**
   * Takes an item that waits out of the queue for good, at once, in O(log n).
   *
   * @returns false, and nothing is done, when it runs or is not in the queue.
   */
  withdraw(item: Item): boolean {
    const entry = this.#waitingOf.get(item);
    if (entry === undefined) return false;
    this.#waiting.remove(entry);
    this.#forget(entry);
    return true;
  }

  /** The attempt succeeded: the item leaves the queue, and the sink is known to work. */
  succeeded(item: Item): void {
    this.#end(item);
    this.#successes += 1;
    if (this.#gate.succeeded()) this.#releaseWaiting();
  }

  /** The item leaves the queue without a success, because it was quarantined. */
  removed(item: Item): void {
    this.#end(item);
  }

  /**
   * The attempt failed. On `retry` the item waits in the queue again; on `quarantine` it still counts as
   * running, until {@link removed}, or until this is called again because it could not be moved.
   */
  failed(item: Item, error: RetryableError): RetryDecision {
    const entry = this.#runningEntry(item);
    if (error.scope === "sink") return this.#sinkFailed(entry);
    entry.batchFailures += 1;
    if (error.retry === "permanent" || entry.batchFailures >= this.#retry.maxAttempts) {
      return { kind: "quarantine", attempts: entry.batchFailures };
    }
    return this.#wait(entry, "batch", backoffDelayMs(this.#batchBackoff, entry.batchFailures, this.#random));
  }

  #sinkFailed(entry: Entry<Item>): RetryDecision {
    if (entry.sinkFailures > 0 && this.#successes > entry.successesSeen) entry.contradictions += 1;
    entry.successesSeen = this.#successes;
    entry.sinkFailures += 1;
    this.#gate.failed({ generation: entry.generation, isSuspect: entry.contradictions > 0 });
    return this.#wait(entry, "sink", backoffDelayMs(this.#sinkBackoff, entry.sinkFailures, this.#random));
  }

  #wait(entry: Entry<Item>, scope: ErrorScope, delayMs: number): RetryDecision {
    this.#end(entry.item);
    entry.lastScope = scope;
    entry.dueMs = this.#clock.monotonic() + delayMs;
    this.#retrying += 1;
    this.#push(entry);
    return { kind: "retry", delayMs };
  }

  #push(entry: Entry<Item>): void {
    this.#waiting.push(entry);
    this.#waitingOf.set(entry.item, entry);
  }

  /** What is counted of an item that waits, when it has left the heap. */
  #forget(entry: Entry<Item>): void {
    this.#waitingOf.delete(entry.item);
    if (entry.lastScope !== undefined) this.#retrying -= 1;
  }

  /**
   * The sink is back: what waits for it need not sit out a wait that grew during the outage. An item that
   * failed again after such a release waits longer each time, as it may be itself what the sink refuses.
   */
  #releaseWaiting(): void {
    const nowMs = this.#clock.monotonic();
    this.#waiting.update((entry) => {
      if (entry.lastScope !== "sink") return;
      const delayMs = backoffDelayMs(this.#sinkBackoff, entry.contradictions + 1, this.#random);
      entry.dueMs = Math.min(entry.dueMs, nowMs + delayMs);
    });
  }

  #end(item: Item): void {
    const entry = this.#runningEntry(item);
    this.#running.delete(item);
    if (this.#probe === entry) this.#probe = undefined;
  }

  #runningEntry(item: Item): Entry<Item> {
    const entry = this.#running.get(item);
    assert(entry !== undefined, "the item is not running: take() did not give it, or it was reported before");
    return entry;
  }
}

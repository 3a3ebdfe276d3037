import assert from "node:assert";
import { isSewerError, SewerError, sleep, toSewerError } from "@sewer/core";
import type { BatchJournal, Clock, Logger, Random, Receipt, SettleableBatch, Sink } from "@sewer/core";
import { backoffDelayMs, RetryQueue, type BreakerStatus, type ResolvedRetryOptions } from "@sewer/retry";
import { flowErrors } from "./errors.ts";
import { FailureLog } from "./failure-log.ts";
import { KeptAttempts } from "./kept-attempts.ts";
import type { SinkFailureStatus, SinkStatus, WokenSink } from "./status.ts";

const openBackoff = { baseMs: 1000, capMs: 60_000 };

/** What {@link SinkLane} is made of. */
export interface SinkLaneOptions {
  readonly flow: string;
  readonly name: string;
  readonly sink: Sink;
  /** The journals that the sink has asked to keep: given to it whenever it is opened. */
  readonly journals: () => Promise<readonly BatchJournal[]>;
  readonly retry: ResolvedRetryOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Called after anything that {@link SinkLane.nextMs} depends on. */
  readonly onChange: () => void;
}

/** Plain counters of one lane since it was made. */
export interface LaneCounters {
  delivered: number;
  deliveredRecords: number;
  quarantined: number;
  batchErrors: number;
  sinkErrors: number;
  aborted: number;
}

/** One sink and the batches that wait for it: opens it, delivers up to `retry.parallel` at a time. */
export class SinkLane {
  readonly counters: LaneCounters = {
    delivered: 0,
    deliveredRecords: 0,
    quarantined: 0,
    batchErrors: 0,
    sinkErrors: 0,
    aborted: 0,
  };
  readonly #options: SinkLaneOptions;
  readonly #queue: RetryQueue<SettleableBatch>;
  readonly #sinkFailures: FailureLog;
  readonly #batchFailures: FailureLog;
  readonly #deliveries = new Map<AbortController, Promise<void>>();
  readonly #busy = new Set<SettleableBatch>();
  readonly #attempts: KeptAttempts;
  /** Batches of which it is being read what is known of them. */
  readonly #loading = new Set<SettleableBatch>();
  #loads: Promise<void> = Promise.resolve();
  readonly #opening = new AbortController();
  #opened: Promise<void> = Promise.resolve();
  #state: "closed" | "opening" | "open" | "stopped" = "closed";
  #cancelTimer: () => void = () => {};
  #nextOpenMs = 0;
  /** Ends the wait before the sink is opened again. */
  #openNow = new AbortController();
  #lastFailure: SinkFailureStatus | undefined;

  constructor(options: SinkLaneOptions) {
    const { retry, clock, random, logger, flow, name } = options;
    this.#options = options;
    this.#queue = new RetryQueue({ retry, clock, random });
    this.#sinkFailures = new FailureLog(logger, clock, { flow, sink: name });
    this.#batchFailures = new FailureLog(logger, clock, { flow, sink: name });
    this.#attempts = new KeptAttempts(this.#queue, this.#batchFailures);
  }

  /** Batches that wait for an attempt. */
  get waiting(): number {
    return this.#loading.size + this.#queue.waiting;
  }

  /** Deliveries under way. */
  get running(): number {
    return this.#queue.running;
  }

  /** Bytes of the batches that are being delivered. */
  get runningBytes(): number {
    return this.#queue.runningBytes;
  }

  /** How the sink as a whole is treated. */
  get breaker(): BreakerStatus {
    return this.#queue.breaker;
  }

  /** Batches that wait after a failure. */
  get retrying(): number {
    return this.#queue.retrying;
  }

  /**
   * When something may happen without anybody's doing, in milliseconds of the monotonic clock;
   * undefined when nothing is left to do. A past time means: it is under way.
   */
  get nextMs(): number | undefined {
    if (this.#deliveries.size > 0 || this.#loading.size > 0) return 0;
    if (this.#state !== "opening") return this.#queue.nextDueMs;
    return this.#queue.waiting > 0 ? this.#nextOpenMs : undefined;
  }

  /** Opens the sink in the background, as often as it takes. Batches may be added before and after. */
  start(): void {
    this.#state = "opening";
    this.#opened = this.#openSink();
  }

  /** Takes a batch to deliver. */
  add(batch: SettleableBatch): void {
    this.#loading.add(batch);
    // One after the other: they come in the order of their age.
    this.#loads = this.#loads.then(() => this.#load(batch));
  }

  /**
   * Tries now what waits after a failure; opens the sink now if that has failed. See RetryQueue.retryNow.
   *
   * @param isIt which batches. @returns their ids.
   */
  retryNow(isIt: (batchId: string) => boolean): WokenSink {
    const isOpenedNow = this.#state === "opening" && this.#lastFailure !== undefined;
    this.#openNow.abort();
    const { items, isProbeDue } = this.#queue.retryNow(({ id }) => isIt(id));
    this.#pump();
    const batchIds = items.map(({ id }) => id).toSorted();
    return {
      flow: this.#options.flow,
      sink: this.#options.name,
      batchIds,
      isProbed: isProbeDue || isOpenedNow,
    };
  }

  /** True while this batch is being delivered. */
  isBusy(batch: SettleableBatch): boolean {
    return this.#busy.has(batch);
  }

  /** Forgets a batch that is not busy, because it is dropped. */
  withdraw(batch: SettleableBatch): void {
    const isForgotten = this.#loading.delete(batch) || this.#queue.withdraw(batch);
    assert(isForgotten, "the batch is being delivered, or was never added");
    this.#options.onChange();
  }

  /**
   * Begins no further delivery, aborts those that run and waits for their end, which `signal` cuts short;
   * then closes the sink. What was not delivered is left as it is.
   */
  async close(signal: AbortSignal): Promise<void> {
    if (this.#state === "closed") return;
    this.#state = "stopped";
    this.#cancelTimer();
    this.#opening.abort();
    for (const controller of this.#deliveries.keys()) controller.abort();
    const { clock, sink, logger, flow, name } = this.#options;
    const cut = sleep(clock, Infinity, signal);
    await Promise.race([Promise.all([this.#opened, ...this.#deliveries.values()]), cut]);
    const running = this.#deliveries.size;
    if (running > 0)
      logger.warn({ flow, sink: name, running }, "deliveries did not end when they were aborted");
    await Promise.race([sink.close(signal), cut]);
  }

  /** How it stands. */
  status(): SinkStatus {
    const { clock, name } = this.#options;
    const nextDueMs = this.#queue.nextDueMs;
    const { delivered, deliveredRecords, quarantined } = this.counters;
    return {
      name,
      isOpen: this.#state === "open",
      isFailing: this.#state === "opening" ? this.#lastFailure !== undefined : this.#queue.isSinkFailing,
      breaker: this.#queue.breaker.state,
      waiting: this.waiting,
      retrying: this.#queue.retrying,
      running: this.#queue.running,
      delivered,
      deliveredRecords,
      quarantined,
      lastFailure: this.#lastFailure,
      nextAttemptMs:
        nextDueMs === undefined
          ? undefined
          : clock.now() + Math.max(0, Math.ceil(nextDueMs - clock.monotonic())),
    };
  }

  async #load(batch: SettleableBatch): Promise<void> {
    if (!this.#loading.has(batch)) return;
    const state = await this.#attempts.load(batch);
    if (!this.#loading.delete(batch)) return;
    const { bytes, origin } = batch;
    this.#queue.add(batch, { bytes, isFresh: origin === "fresh", state });
    this.#pump();
  }

  async #openSink(): Promise<void> {
    const { sink, journals, clock, random } = this.#options;
    const { signal } = this.#opening;
    for (let failures = 1; !signal.aborted; failures += 1) {
      try {
        await sink.open(signal, await journals());
        if (this.#state === "opening") this.#state = "open";
        this.#sinkFailures.recovered("the sink is open");
        this.#pump();
        return;
      } catch (cause) {
        if (signal.aborted) return;
        const delayMs = backoffDelayMs(openBackoff, failures, random);
        const error = this.#note(cause, undefined);
        this.#sinkFailures.failed(error, { delayMs }, "the sink could not be opened, it is tried again");
        this.#nextOpenMs = clock.monotonic() + delayMs;
        this.#openNow = new AbortController();
        await sleep(clock, delayMs, AbortSignal.any([signal, this.#openNow.signal]));
      }
    }
  }

  /** Starts what is due, and comes back when the next is. */
  #pump(): void {
    this.#cancelTimer();
    if (this.#state === "open") {
      for (let batch = this.#queue.take(); batch !== undefined; batch = this.#queue.take()) {
        const controller = new AbortController();
        this.#deliveries.set(controller, this.#deliver(batch, controller));
      }
      const { clock } = this.#options;
      const dueMs = this.#queue.nextDueMs;
      if (dueMs !== undefined) {
        this.#cancelTimer = clock.schedule(Math.ceil(dueMs - clock.monotonic()), () => this.#pump());
      }
    }
    this.#options.onChange();
  }

  /** One attempt. Never rejects. */
  async #deliver(batch: SettleableBatch, controller: AbortController): Promise<void> {
    this.#busy.add(batch);
    try {
      await this.#attempts.begin(batch);
      const receipt = await this.#deliverInTime(batch, controller);
      await batch.acknowledge(receipt);
      this.#succeeded(batch, receipt);
    } catch (cause) {
      await this.#failed(batch, cause);
    }
    this.#busy.delete(batch);
    this.#deliveries.delete(controller);
    this.#pump();
  }

  /** Aborts a delivery that takes too long. Its batch stays taken until it ends: never two attempts at one. */
  async #deliverInTime(batch: SettleableBatch, controller: AbortController): Promise<Receipt> {
    const { sink, clock, retry } = this.#options;
    let isLate = false;
    const cancel = clock.schedule(retry.deliverTimeout, () => {
      isLate = true;
      controller.abort();
    });
    try {
      return await sink.deliver(batch, controller.signal);
    } catch (cause) {
      throw isLate ? tookTooLong(batch, retry.deliverTimeout, cause) : cause;
    } finally {
      cancel();
    }
  }

  #succeeded(batch: SettleableBatch, receipt: Receipt): void {
    const { logger, flow, name } = this.#options;
    const { destination, records, bytes } = receipt;
    const wasFailing = this.#queue.isSinkFailing;
    this.#queue.succeeded(batch);
    this.counters.delivered += 1;
    this.counters.deliveredRecords += records;
    logger.debug({ flow, sink: name, batch: batch.id, destination, records, bytes }, "batch delivered");
    if (wasFailing) this.#sinkFailures.recovered("the sink takes batches again");
  }

  async #failed(batch: SettleableBatch, cause: unknown): Promise<void> {
    if (this.#state === "stopped") {
      this.counters.aborted += 1;
      this.#queue.aborted(batch);
      this.#attempts.cutShort(batch);
      return;
    }
    const error = this.#note(cause, batch.id);
    if (error.scope === "batch") this.counters.batchErrors += 1;
    else this.counters.sinkErrors += 1;
    const decision = this.#queue.failed(batch, error);
    if (decision.kind === "quarantine") return this.#quarantine(batch, error, decision.attempts);
    this.#attempts.end(batch);
    const fields = { batch: batch.id, delayMs: decision.delayMs };
    const failures = error.scope === "batch" ? this.#batchFailures : this.#sinkFailures;
    failures.failed(error, fields, "batch not delivered, it is tried again");
  }

  async #quarantine(batch: SettleableBatch, error: SewerError, attempts: number): Promise<void> {
    const { logger, flow, name } = this.#options;
    const { code, message } = error;
    try {
      await batch.quarantine(`${code}: ${message}`);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const text = `batch ${batch.id} could not be moved to quarantine: ${reason}`;
      const failure = new SewerError(flowErrors.quarantineFailed, text, { cause });
      this.#queue.failed(batch, failure);
      this.#attempts.end(batch);
      this.#batchFailures.failed(
        failure,
        { batch: batch.id },
        "batch not moved to quarantine, it is tried again",
      );
      return;
    }
    this.#queue.removed(batch);
    this.counters.quarantined += 1;
    logger.error(
      { flow, sink: name, batch: batch.id, code, reason: message, attempts, ...error.context },
      "batch moved to quarantine: it cannot be delivered as it is",
    );
  }

  #note(cause: unknown, batchId: string | undefined): SewerError {
    const error = isSewerError(cause) ? cause : toSewerError(cause, flowErrors.sinkFailed);
    const { code, message } = error;
    this.#lastFailure = { code, message, batchId, atMs: this.#options.clock.now() };
    return error;
  }
}

function tookTooLong({ id }: SettleableBatch, timeoutMs: number, cause: unknown): SewerError {
  const message = `the delivery of batch ${id} took longer than ${timeoutMs} ms and was aborted; raise retry.deliverTimeout if the sink is only slow`;
  return new SewerError(flowErrors.deliverTimeout, message, { cause, context: { timeoutMs } });
}

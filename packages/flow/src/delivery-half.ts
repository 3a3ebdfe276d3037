import assert from "node:assert";
import { decodeSegmentMeta, sleep, type LifecycleState, type SettleableBatch } from "@sewer/core";
import { openDrain, type Drain, type DropOldestOptions, type UndeliveredBatch } from "@sewer/spool";
import { deliverySamples } from "./delivery-samples.ts";
import { Lifecycle } from "./lifecycle.ts";
import type { DeliveryCloseOptions, DeliveryHalfOptions } from "./options.ts";
import { SinkLane } from "./sink-lane.ts";
import type { DeliveryStatus, RetryNowOptions, SinkBacklog, UndeliveredStatus, WokenSink } from "./status.ts";
import { UnconfiguredSinks } from "./unconfigured-sinks.ts";

/** How often a closing half looks whether anything is left, besides whenever a delivery ends. */
const lookEveryMs = 50;
/** What the spool keeps on disk for receipts, for when the disk is full. */
const reserveBytes = 4 * 1024 * 1024;
/** Ids of batches that are remembered as given out; more than the drain gives out at a time. */
const givenOutMax = 4096;

/** What an open delivery half can go on with. */
export type DeliveryChange = Pick<DeliveryHalfOptions, "spool" | "sinks" | "retry">;

/**
 * Drain and sinks: takes sealed batches from the spool and delivers them, each sink at its own pace. Needs
 * nothing of the ingest half, which may run in other processes.
 */
export class DeliveryHalf {
  #options: DeliveryHalfOptions;
  readonly #lifecycle = new Lifecycle();
  readonly #freedListeners = new Set<() => void>();
  #lanes = new Map<string, SinkLane>();
  #unconfigured: UnconfiguredSinks;
  #drain: Drain | undefined;
  #endMetrics: () => void = () => {};
  /** The newest sealed batch of each writer that was not found yet, by incarnation. */
  readonly #sought = new Map<string, string>();
  readonly #givenOut = new Set<string>();
  #changed = new AbortController();
  #changing: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(options: DeliveryHalfOptions) {
    assert(options.sinks.size > 0, "a flow needs at least one sink");
    this.#options = options;
    this.#unconfigured = new UnconfiguredSinks(options.logger);
  }

  /** Where it is in its life: `flowing` once {@link start} was called. */
  get state(): LifecycleState {
    return this.#lifecycle.state;
  }

  /**
   * Takes the spool's one delivery lock. Then {@link start} follows.
   *
   * @throws SewerError `SEWER_SPOOL_LOCKED` when another process delivers from this directory,
   * `SEWER_SPOOL_NOT_WRITABLE` when it cannot be made or written.
   */
  async open(): Promise<void> {
    this.#lifecycle.move("open");
    this.#lanes = new Map();
    this.#unconfigured = new UnconfiguredSinks(this.#options.logger);
    this.#sought.clear();
    const { spoolDir, spool, fs, clock, logger, metrics } = this.#options;
    try {
      this.#drain = await openDrain({
        dir: spoolDir,
        sinksOf: (meta) => Object.keys(decodeSegmentMeta(meta).sinks),
        receiptsKeepMs: spool.receipts.keep,
        reserveBytes,
        dropOldest: spool.onFull === "drop-oldest" ? this.#dropOldest() : undefined,
        fs,
        clock,
        logger,
        metrics,
      });
    } catch (error) {
      this.#lifecycle.move("fail");
      throw error;
    }
  }

  /** Begins to deliver. The sinks are opened in the background, as often as it takes. */
  start(): void {
    const drain = this.#drain;
    assert(drain !== undefined && this.state === "opening", "start() follows open()");
    const { name: flow, sinks, retry, clock, random, logger, metrics } = this.#options;
    const onChange = (): void => this.#wake();
    this.#lanes = new Map(
      [...sinks].map(([name, sink]) => [
        name,
        new SinkLane({
          flow,
          name,
          sink,
          journals: () => drain.keptJournals(name),
          retry,
          clock,
          random,
          logger,
          onChange,
        }),
      ]),
    );
    for (const lane of this.#lanes.values()) lane.start();
    this.#endMetrics = metrics.register(() => deliverySamples(flow, this.#lanes));
    drain.onFreed(() => {
      for (const listener of this.#freedListeners) listener();
    });
    drain.onBatch((batch) => this.#take(batch));
    this.#lifecycle.move("opened");
  }

  /**
   * Has the spool looked into for new batches now, not at its next turn. A {@link close} that follows waits,
   * within its budget, until the one with this id was found, and those of other writers.
   *
   * @param batchId the newest that its writer sealed.
   */
  poke(batchId: string): void {
    // The drain may have found it by itself before its writer came to tell.
    if (!this.#givenOut.has(batchId)) this.#sought.set(incarnationOf(batchId), batchId);
    this.#drain?.poke();
  }

  /** Calls `listener` when the files of a batch were deleted. @returns the call that ends it. */
  onFreed(listener: () => void): () => void {
    this.#freedListeners.add(listener);
    return () => this.#freedListeners.delete(listener);
  }

  /**
   * Delivers what can be delivered within `deliverMs`, aborts what still runs, closes the sinks and lets go
   * of the spool. The rest stays on disk for the next start. A call during another one gives the same promise.
   */
  close(options: DeliveryCloseOptions): Promise<void> {
    this.#closing ??= this.#close(options).finally(() => {
      this.#closing = undefined;
    });
    return this.#closing;
  }

  /**
   * Goes on with other sinks, spool config or retry policy: aborts the deliveries under way, lets go of the
   * spool, and takes it again. The sinks must not have been opened before.
   *
   * @throws SewerError what {@link open} throws; then nothing is delivered until another call succeeds.
   */
  reconfigure(change: DeliveryChange): Promise<void> {
    assert(this.state === "flowing" || this.state === "error", "only an open half can be reconfigured");
    assert(change.sinks.size > 0, "a flow needs at least one sink");
    const changing = this.#reconfigure(change);
    this.#changing = changing.catch(() => {});
    return changing;
  }

  /**
   * Tries now what waits after a failure, and sinks that are left alone after several: for an operator who has
   * mended something. What the drain has not given out yet waits its turn on disk.
   *
   * @returns one for each sink that is meant.
   */
  retryNow({ sink, batchIds }: RetryNowOptions = {}): readonly WokenSink[] {
    const wanted = batchIds && new Set(batchIds);
    return [...this.#lanes]
      .filter(([name]) => this.state === "flowing" && (sink === undefined || name === sink))
      .map(([, lane]) => lane.retryNow((id) => wanted?.has(id) ?? true));
  }

  /** How it stands. */
  status(): DeliveryStatus {
    return {
      state: this.state,
      sinks: [...this.#lanes.values()].map((lane) => lane.status()),
      unconfigured: this.#unconfigured.status(),
      spool: this.#drain?.statistics,
    };
  }

  /**
   * What each sink has not got yet, in whatever stage between the source and its destination. See
   * {@link UndeliveredStatus} for how to read it.
   *
   * @param begun Segments that an ingest half of this process has begun, as of now.
   * @throws SewerError `SEWER_SPOOL_UNREADABLE`.
   */
  async undelivered(begun: readonly UndeliveredBatch[]): Promise<UndeliveredStatus> {
    const asOfMs = this.#options.clock.now();
    const names = [...this.#options.sinks.keys()];
    const found = await this.#drain?.oldestUndelivered(names, begun);
    if (found === undefined) return { asOfMs, isKnown: false, sinks: new Map() };
    const sinks = new Map([...found].map(([sink, batch]) => [sink, backlogOf(sink, batch)]));
    return { asOfMs, isKnown: true, sinks };
  }

  #take(batch: SettleableBatch): void {
    const incarnation = incarnationOf(batch.id);
    if (this.#sought.get(incarnation) === batch.id) this.#sought.delete(incarnation);
    this.#givenOut.add(batch.id);
    for (const id of this.#givenOut) {
      if (this.#givenOut.size <= givenOutMax) break;
      this.#givenOut.delete(id);
    }
    const lane = this.#laneOf(batch);
    if (lane === undefined) this.#unconfigured.add(this.#flowOf(batch), batch);
    else lane.add(batch);
  }

  /** Takes batches back, all or none; in one go, so that no delivery begins in between. */
  #withdraw(batches: readonly SettleableBatch[]): boolean {
    if (batches.some((batch) => this.#laneOf(batch)?.isBusy(batch) === true)) return false;
    for (const batch of batches) {
      const lane = this.#laneOf(batch);
      if (lane === undefined) this.#unconfigured.withdraw(this.#flowOf(batch), batch);
      else lane.withdraw(batch);
    }
    return true;
  }

  #dropOldest(): DropOldestOptions {
    const { spool, sinks } = this.#options;
    return {
      maxBytes: spool.maxBytes,
      minFreeBytes: spool.minFree,
      withdraw: (batches) => this.#withdraw(batches),
      isUndecided: (sink, notes) => sinks.get(sink)?.isUndecided?.(notes) ?? true,
    };
  }

  /** Undefined for a batch of a sink that is not configured, or of a flow of another name. */
  #laneOf(batch: SettleableBatch): SinkLane | undefined {
    return this.#flowOf(batch) === this.#options.name ? this.#lanes.get(batch.sink) : undefined;
  }

  /** The flow that a batch was written by; this one when its meta cannot be read. */
  #flowOf(batch: SettleableBatch): string {
    try {
      return decodeSegmentMeta(batch.meta).flow;
    } catch {
      // Whoever delivers it says what is wrong with it.
      return this.#options.name;
    }
  }

  async #reconfigure(change: DeliveryChange): Promise<void> {
    await this.#closeNow({ deliverMs: 0 });
    this.#options = { ...this.#options, ...change };
    await this.open();
    this.start();
  }

  async #close(options: DeliveryCloseOptions): Promise<void> {
    await this.#changing;
    await this.#closeNow(options);
  }

  async #closeNow(options: DeliveryCloseOptions): Promise<void> {
    this.#lifecycle.move("close");
    if (this.state === "closed") return;
    try {
      if (this.#drain !== undefined) await this.#closeDrain(this.#drain, options);
    } catch (error) {
      this.#lifecycle.move("fail");
      throw error;
    }
    this.#lifecycle.move("closed");
  }

  async #closeDrain(
    drain: Drain,
    { deliverMs, abortMs = 5000, signal }: DeliveryCloseOptions,
  ): Promise<void> {
    const { clock, name, logger } = this.#options;
    await this.#deliverRest(drain, deliverMs, signal);
    const abort = new AbortController();
    const cancel = clock.schedule(abortMs, () => abort.abort());
    const results = await Promise.allSettled(
      [...this.#lanes.values()].map((lane) => lane.close(abort.signal)),
    );
    cancel();
    for (const result of results) {
      if (result.status === "rejected") {
        logger.warn({ flow: name, reason: String(result.reason) }, "a sink did not close cleanly");
      }
    }
    this.#endMetrics();
    await drain.close();
    this.#drain = undefined;
  }

  async #deliverRest(drain: Drain, deliverMs: number, signal?: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const endMs = clock.monotonic() + deliverMs;
    for (;;) {
      const leftMs = endMs - clock.monotonic();
      if (signal?.aborted || leftMs <= 0 || this.#isDoneUntil(drain, endMs)) return;
      const { signal: changed } = this.#changed;
      const wake = signal === undefined ? changed : AbortSignal.any([changed, signal]);
      await sleep(clock, Math.min(leftMs, lookEveryMs), wake);
    }
  }

  /** True when nothing can be delivered before `endMs`, so that waiting for it is no use. */
  #isDoneUntil(drain: Drain, endMs: number): boolean {
    if (this.#sought.size > 0 || !drain.statistics.started) return false;
    const { sinks } = drain.statistics;
    return [...this.#lanes].every(([name, lane]) => {
      const givenOut = lane.waiting + lane.running + this.#unconfigured.batchesOf(name);
      const isAllGivenOut = (sinks[name]?.onDisk.batches ?? 0) <= givenOut;
      return isAllGivenOut && (lane.nextMs === undefined || lane.nextMs > endMs);
    });
  }

  #wake(): void {
    const changed = this.#changed;
    this.#changed = new AbortController();
    changed.abort();
  }
}

/** Which writer made a batch: its id is `<incarnation>-<number>`. */
function incarnationOf(batchId: string): string {
  return batchId.slice(0, batchId.lastIndexOf("-"));
}

function backlogOf(sink: string, { firstMs, batchId, meta }: UndeliveredBatch): SinkBacklog {
  try {
    const plan = meta === undefined ? undefined : decodeSegmentMeta(meta).sinks[sink];
    return { oldestMs: firstMs, batchId, plan };
  } catch {
    return { oldestMs: firstMs, batchId, plan: undefined };
  }
}

import type { BatchJournal, SettleableBatch } from "@sewer/core";
import type { Drain, DrainOptions, DrainStatistics, UndeliveredBatch } from "../drain.ts";
import { codeOf, listDirectory, messageOf } from "../file-access.ts";
import { unreadable } from "../format/segment-file.ts";
import { readBuffers } from "../format/read-window.ts";
import type { Lock } from "../lock-provider.ts";
import { isSinkName, rooms } from "../rooms.ts";
import { sqliteLocks } from "../sqlite-locks.ts";
import type { DrainContext } from "./drain-context.ts";
import { noTotals, type DrainCounters } from "./drain-counters.ts";
import { drainSamples } from "./drain-metrics.ts";
import { DropOldest } from "./drop-oldest.ts";
import { keptJournals } from "./kept-journals.ts";
import { lookThroughWriters, OldestBySink } from "./oldest.ts";
import { ReceiptLog } from "./receipt-log.ts";
import { Reserve } from "./reserve.ts";
import { SinkRoom } from "./sink-room.ts";
import type { StoredBatch } from "./stored-batch.ts";
import { Sweep } from "./sweep.ts";

const defaults = { pollEveryMs: 1000, adoptEveryMs: 30_000, windowMax: 1024 };

/**
 * The delivery half. All its work on the directory is one row of jobs, one at a time: first everything that
 * was there at the start, then a sweep whenever there is a reason for one. Settling a batch is its sink's own
 * business and runs beside them.
 */
export class SpoolDrain implements Drain {
  readonly started: Promise<void>;
  readonly #options: DrainOptions;
  readonly #lock: Lock;
  readonly #context: DrainContext;
  readonly #counters: DrainCounters;
  readonly #sweep: Sweep;
  readonly #dropOldest: DropOldest | undefined;
  readonly #rooms = new Map<string, SinkRoom>();
  readonly #freedListeners = new Set<() => void>();
  readonly #unregister: () => void;
  readonly #adoptEveryMs: number;
  readonly #settled = Promise.withResolvers<void>();
  #listener: ((batch: SettleableBatch) => void) | undefined;
  #unclaimed: SettleableBatch[] = [];
  #jobs: Promise<void> = Promise.resolve();
  #isSweepPlanned = false;
  #isStarted = false;
  #isClosed = false;
  #nextAdoptionMs = 0;
  #cancelPoll: (() => void) | undefined;

  constructor(options: DrainOptions, lock: Lock) {
    const { dir, sinksOf, fs, clock, logger, locks = sqliteLocks } = options;
    this.#options = options;
    this.#lock = lock;
    this.#adoptEveryMs = options.adoptEveryMs ?? defaults.adoptEveryMs;
    this.#counters = {
      segmentsRecovered: 0,
      incarnationsAdopted: 0,
      tornTails: 0,
      badFrames: 0,
      unusable: noTotals(),
      unknownVersions: 0,
      fileErrors: 0,
    };
    this.#context = {
      dir,
      sinksOf,
      windowMax: options.windowMax ?? defaults.windowMax,
      fs,
      clock,
      logger,
      buffers: readBuffers,
      receipts: new ReceiptLog(fs, clock, dir, options.receiptsKeepMs),
      reserve: new Reserve({ dir, bytes: options.reserveBytes ?? 0, fs, logger }),
      counters: this.#counters,
      heldBack: new Set(),
      accepting: new Map(),
      leftAlone: new Set(),
      underWay: new Set(),
      isClosed: () => this.#isClosed,
      originOf: (incarnation) => this.#sweep.originOf(incarnation),
      freed: () => this.#freed(),
    };
    this.#sweep = new Sweep({
      context: this.#context,
      locks,
      onAccepted: (head, sinks) => {
        for (const sink of sinks) this.#roomOf(sink).add(head);
      },
    });
    if (options.dropOldest !== undefined) {
      this.#dropOldest = new DropOldest({
        context: this.#context,
        options: options.dropOldest,
        rooms: this.#rooms,
        withdraw: (batches) => this.#withdraw(batches),
      });
    }
    this.#unregister = options.metrics.register(() => drainSamples(this.statistics, clock.now()));
    this.started = this.#settled.promise;
    this.#job(() => this.#start());
  }

  get statistics(): DrainStatistics {
    const sinks = Object.fromEntries([...this.#rooms].map(([name, room]) => [name, room.statistics]));
    return { ...this.#counters, unusable: { ...this.#counters.unusable }, started: this.#isStarted, sinks };
  }

  onBatch(listener: (batch: SettleableBatch) => void): () => void {
    if (this.#listener !== undefined) throw new Error("a drain gives its batches to one listener");
    this.#listener = listener;
    const waiting = this.#unclaimed;
    this.#unclaimed = [];
    for (const batch of waiting) listener(batch);
    return () => {
      if (this.#listener === listener) this.#listener = undefined;
    };
  }

  async keptJournals(sink: string): Promise<readonly BatchJournal[]> {
    const directory = rooms.sink(this.#context.dir, sink);
    try {
      return await keptJournals(this.#context, directory);
    } catch (cause) {
      throw unreadable(directory, cause);
    }
  }

  onFreed(listener: () => void): () => void {
    this.#freedListeners.add(listener);
    return () => this.#freedListeners.delete(listener);
  }

  async oldestUndelivered(
    sinks: readonly string[],
    begun: readonly UndeliveredBatch[],
  ): Promise<ReadonlyMap<string, UndeliveredBatch> | undefined> {
    if (!this.#isStarted || this.#isClosed) return undefined;
    const oldest = new OldestBySink();
    // In the direction in which batches move, so that none slips through between two looks.
    await lookThroughWriters(this.#context, begun, oldest);
    for (const { head, sinks: ofBatch } of this.#context.accepting.values()) {
      oldest.add({ batchId: head.id, firstMs: head.firstMs, meta: head.meta }, ofBatch);
    }
    for (const [sink, room] of this.#rooms) {
      if (room.oldest !== undefined) oldest.add(room.oldest, [sink]);
    }
    return oldest.of(sinks);
  }

  poke(): void {
    if (this.#isSweepPlanned || this.#isClosed || !this.#isStarted) return;
    this.#isSweepPlanned = true;
    this.#job(async () => {
      this.#isSweepPlanned = false;
      await this.#look();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelPoll?.();
    await this.#jobs;
    await Promise.allSettled(this.#context.underWay);
    this.#dropOldest?.close();
    this.#unregister();
    this.#settled.resolve();
    this.#lock.release();
  }

  /** Runs `work` after everything that was asked before, unless the drain closes first. */
  #job(work: () => Promise<void>): void {
    this.#jobs = this.#jobs.then(async () => {
      if (this.#isClosed) return;
      try {
        await work();
      } catch (error) {
        this.#counters.fileErrors += 1;
        const fields = { code: codeOf(error), error: messageOf(error) };
        this.#options.logger.error(fields, "spool: the directory could not be read; trying again");
      }
      this.#planPoll();
    });
  }

  /**
   * What was left in `w/` is accepted before anything of `q/` is given out: a name in `w/` may be all that a
   * power cut left of an acceptance, and must not come up after the delivery.
   */
  async #start(): Promise<void> {
    for (const sink of await listDirectory(this.#context.fs, rooms.sinks(this.#context.dir))) {
      if (isSinkName(sink)) this.#roomOf(sink, false);
    }
    await this.#sweep.run("recovered");
    for (const room of this.#rooms.values()) await room.fill();
    if (this.#isClosed) return;
    await this.#context.receipts.purge();
    this.#nextAdoptionMs = this.#context.clock.monotonic() + this.#adoptEveryMs;
    this.#isStarted = true;
    this.#settled.resolve();
    await this.#context.reserve.make();
  }

  async #look(): Promise<void> {
    const nowMs = this.#context.clock.monotonic();
    const isAdoptionDue = nowMs >= this.#nextAdoptionMs;
    if (isAdoptionDue) this.#nextAdoptionMs = nowMs + this.#adoptEveryMs;
    await this.#sweep.run(isAdoptionDue ? "adopted" : undefined);
    for (const room of this.#rooms.values()) {
      if (room.wantsRefill || (isAdoptionDue && room.hasFailures)) await room.fill();
    }
    if (await this.#dropOldest?.run()) this.poke();
    if (!isAdoptionDue) return;
    await this.#context.receipts.purge();
    await this.#context.reserve.make();
  }

  #planPoll(): void {
    this.#cancelPoll?.();
    if (this.#isClosed) return;
    this.#cancelPoll = this.#context.clock.schedule(this.#options.pollEveryMs ?? defaults.pollEveryMs, () => {
      if (this.#isStarted) this.poke();
      else this.#job(() => this.#start());
    });
  }

  #roomOf(sink: string, isNew = true): SinkRoom {
    let room = this.#rooms.get(sink);
    if (room === undefined) {
      room = new SinkRoom(this.#context, sink, (batch) => this.#give(batch), isNew && this.#isStarted);
      this.#rooms.set(sink, room);
    }
    return room;
  }

  #give(batch: SettleableBatch): void {
    if (this.#listener === undefined) this.#unclaimed.push(batch);
    else this.#listener(batch);
  }

  /** Takes batches that are about to be dropped out of where they wait, all or none. */
  #withdraw(batches: readonly StoredBatch[]): boolean {
    const isGivenOut = (batch: StoredBatch): boolean =>
      this.#roomOf(batch.sink).holds(batch) && !this.#unclaimed.includes(batch);
    const givenOut = batches.filter(isGivenOut);
    if (givenOut.length > 0 && this.#options.dropOldest?.withdraw(givenOut) !== true) return false;
    this.#unclaimed = this.#unclaimed.filter((batch) => !batches.some((dropped) => dropped === batch));
    return true;
  }

  #freed(): void {
    for (const listener of this.#freedListeners) listener();
    for (const room of this.#rooms.values()) if (room.wantsRefill) return this.poke();
  }
}

import assert from "node:assert";
import { encodeSegmentMeta, SewerError, type JsonObject, type LifecycleState } from "@sewer/core";
import { openSpool, type SpoolWriter, type SpoolWriterOptions, type UndeliveredBatch } from "@sewer/spool";
import { BegunSegments } from "./begun-segments.ts";
import { flowErrors } from "./errors.ts";
import { Lifecycle } from "./lifecycle.ts";
import type { IngestCloseOptions, IngestHalfOptions } from "./options.ts";
import type { IngestStatus } from "./status.ts";
import type { SuccessorSource } from "./successor-source.ts";

/** Former spool writers that wait for their last records; each holds its buffers. */
const formersMax = 4;

/** What an open ingest half can go on with. */
export type IngestChange = Pick<IngestHalfOptions, "spool" | "sinks"> & { readonly source: SuccessorSource };

/**
 * Source and spool writer: takes events in and leaves sealed batches on disk. Needs nothing of the delivery
 * half, which may run in another process.
 */
export class IngestHalf {
  #options: IngestHalfOptions;
  readonly #lifecycle = new Lifecycle();
  readonly #sealListeners = new Set<(batchId: string) => void>();
  readonly #failureListeners = new Set<(error: SewerError) => void>();
  readonly #begun = new BegunSegments();
  #writer: SpoolWriter | undefined;
  /** One for each former writer: settles when it is closed. */
  readonly #formers = new Set<Promise<void>>();
  #changing: Promise<unknown> = Promise.resolve();
  #failure: SewerError | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: IngestHalfOptions) {
    assert(options.sinks.size > 0, "a flow needs at least one sink");
    this.#options = options;
  }

  /** Where it is in its life: `flowing` once {@link start} has settled. */
  get state(): LifecycleState {
    return this.#lifecycle.state;
  }

  /**
   * Opens the spool for writing. Then {@link start} follows.
   *
   * @throws SewerError `SEWER_SPOOL_NOT_WRITABLE` when the directory cannot be made or written.
   */
  async open(): Promise<void> {
    this.#lifecycle.move("open");
    this.#failure = undefined;
    try {
      this.#writer = await this.#openWriter(this.#options);
    } catch (error) {
      this.#lifecycle.move("fail");
      throw error;
    }
  }

  /** Opens the source. When that fails, the spool is let go of and the source's error is passed on. */
  async start(): Promise<void> {
    assert(this.#writer !== undefined && this.state === "opening", "start() follows open()");
    try {
      await this.#options.source.open(this.#writer);
    } catch (error) {
      this.#lifecycle.move("fail");
      await this.#closeWriter().catch((cause: unknown) => {
        const { logger, name } = this.#options;
        const message = "the spool did not close cleanly after the source could not be opened";
        logger.error({ flow: name, reason: String(cause) }, message);
      });
      throw error;
    }
    this.#lifecycle.move("opened");
  }

  /**
   * Goes on with another source, spool config and sinks, without a pause: the source takes over from the one
   * there is, and what it begins goes to a spool writer of its own. The former writer is closed once its last
   * record is answered. Batches that wait keep their plan.
   *
   * @throws SewerError what {@link open} throws, or `SEWER_FLOW_CHANGING` while too many former writers still
   * wait for their last records; then nothing has changed.
   */
  reconfigure(change: IngestChange): Promise<void> {
    assert(this.state === "flowing", "only an open half can be reconfigured");
    assert(change.sinks.size > 0, "a flow needs at least one sink");
    const changing = this.#reconfigure(change);
    this.#changing = changing.catch(() => {});
    return changing;
  }

  /** Calls `listener` with the id of each batch that is ready for delivery. @returns the call that ends it. */
  onSeal(listener: (batchId: string) => void): () => void {
    this.#sealListeners.add(listener);
    return () => this.#sealListeners.delete(listener);
  }

  /** Calls `listener` when the spool gives up and takes no more events. @returns the call that ends it. */
  onFailure(listener: (error: SewerError) => void): () => void {
    this.#failureListeners.add(listener);
    return () => this.#failureListeners.delete(listener);
  }

  /** Has the spool count its bytes again, after batches were deleted. */
  measure(): void {
    this.#writer?.measure();
  }

  /**
   * Closes the source, then seals the batch and lets go of the spool. A call during another one gives the
   * same promise.
   *
   * @throws SewerError `SEWER_SPOOL_NOT_WRITTEN` when the disk did not take what was still in memory.
   */
  close(options: IngestCloseOptions): Promise<void> {
    this.#closing ??= this.#close(options).finally(() => {
      this.#closing = undefined;
    });
    return this.#closing;
  }

  /** Segments that may hold records which are in memory only. */
  get begun(): readonly UndeliveredBatch[] {
    const { unwritten, unsynced } = this.#writer?.statistics ?? {};
    // With everything in files, the files tell all.
    const isAllInFiles = unwritten?.records === 0 && unsynced?.records === 0 && this.#formers.size === 0;
    return isAllInFiles ? [] : this.#begun.all;
  }

  /** How it stands. */
  status(): IngestStatus {
    return {
      state: this.state,
      incarnation: this.#writer?.incarnation,
      spool: this.#writer?.statistics,
      failure: this.#failure?.message,
    };
  }

  async #reconfigure(change: IngestChange): Promise<void> {
    const { name, source: former } = this.#options;
    if (this.#formers.size >= formersMax) {
      const message = `flow ${name}: requests that began before the last ${formersMax} changes are still under way; try again in a minute`;
      throw new SewerError(flowErrors.changing, message);
    }
    const options = { ...this.#options, ...change };
    const writer = await this.#openWriter(options);
    const answered = change.source.takeOver(former, writer);
    this.#retire(answered);
    this.#options = options;
    this.#writer = writer;
  }

  /** Closes the writer there is once its source has nothing more for it. */
  #retire(answered: Promise<void>): void {
    const writer = this.#writer;
    const retired = answered
      .then(() => writer?.close())
      .catch((error: unknown) => {
        assert(error instanceof SewerError, "a spool writer fails with a SewerError");
        this.#failed(error);
      })
      .finally(() => this.#formers.delete(retired));
    this.#formers.add(retired);
  }

  async #close(options: IngestCloseOptions): Promise<void> {
    this.#lifecycle.move("close");
    if (this.state === "closed") return;
    await this.#changing;
    try {
      await this.#closeBoth(options);
    } catch (error) {
      this.#lifecycle.move("fail");
      throw error;
    }
    this.#lifecycle.move("closed");
  }

  async #closeBoth(options: IngestCloseOptions): Promise<void> {
    if (this.#writer === undefined) return;
    try {
      await this.#closeSource(options);
    } finally {
      // Whatever the source says, what is in the spool has to be sealed.
      await this.#closeWriter();
    }
  }

  #closeSource({ graceMs, signal }: IngestCloseOptions): Promise<void> {
    const { source } = this.#options;
    const calm = source.close(graceMs);
    if (signal === undefined) return calm;
    const hurried = new Promise<void>((resolve, reject) => {
      const hurry = (): void => void source.close(0).then(resolve, reject);
      if (signal.aborted) hurry();
      else signal.addEventListener("abort", hurry, { once: true });
    });
    return Promise.race([calm, hurried]);
  }

  async #closeWriter(): Promise<void> {
    const writer = this.#writer;
    this.#writer = undefined;
    await Promise.all([writer?.close(), ...this.#formers]);
    this.#begun.clear();
  }

  #failed(error: SewerError): void {
    this.#failure = error;
    if (this.state === "flowing") this.#lifecycle.move("fail");
    for (const listener of this.#failureListeners) listener(error);
  }

  async #openWriter(options: IngestHalfOptions): Promise<SpoolWriter> {
    const writer = await openSpool(this.#writerOptions(options));
    writer.onSeal((sealed) => {
      this.#begun.sealed(sealed.batchId);
      for (const listener of this.#sealListeners) listener(sealed.batchId);
    });
    writer.onFailure((error) => this.#failed(error));
    return writer;
  }

  #writerOptions(options: IngestHalfOptions): SpoolWriterOptions {
    const { spool, spoolDir, fs, clock, random, logger, metrics } = options;
    const { durability, onFull } = spool;
    return {
      dir: spoolDir,
      meta: (segment) => this.#segmentMeta(segment, options),
      durability,
      fsyncIntervalMs: spool.fsyncInterval,
      rollEveryMs: spool.roll.every,
      rollBytes: spool.roll.size,
      rollAlign: spool.roll.align,
      maxBytes: spool.maxBytes,
      minFreeBytes: spool.minFree,
      // Whoever delivers makes the room; until it has, there is none.
      onFull: onFull === "block" ? "block" : "refuse",
      fs,
      clock,
      random,
      logger,
      metrics,
    };
  }

  #segmentMeta(
    { batchId, createdMs }: { readonly batchId: string; readonly createdMs: number },
    { name: flow, source, sinks, host }: IngestHalfOptions,
  ): Uint8Array {
    const { schema } = source;
    const plans: Record<string, JsonObject> = {};
    for (const [name, sink] of sinks) plans[name] = sink.plan({ batchId, createdMs, flow }, schema);
    const meta = encodeSegmentMeta({ v: 1, flow, schema, host, createdMs, sinks: plans });
    this.#begun.begin({ batchId, firstMs: createdMs, meta });
    return meta;
  }
}

import assert from "node:assert";
import { encodeSegmentMeta, type JsonObject, type LifecycleState, type SewerError } from "@sewer/core";
import { openSpool, type SpoolWriter, type SpoolWriterOptions, type UndeliveredBatch } from "@sewer/spool";
import { BegunSegments } from "./begun-segments.ts";
import { Lifecycle } from "./lifecycle.ts";
import type { IngestCloseOptions, IngestHalfOptions } from "./options.ts";
import type { IngestStatus } from "./status.ts";

/**
 * Source and spool writer: takes events in and leaves sealed batches on disk. Needs nothing of the delivery
 * half, which may run in another process.
 */
export class IngestHalf {
  readonly #options: IngestHalfOptions;
  readonly #lifecycle = new Lifecycle();
  readonly #sealListeners = new Set<(batchId: string) => void>();
  readonly #failureListeners = new Set<(error: SewerError) => void>();
  readonly #begun = new BegunSegments();
  #writer: SpoolWriter | undefined;
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
      this.#writer = await openSpool(this.#writerOptions());
    } catch (error) {
      this.#lifecycle.move("fail");
      throw error;
    }
    this.#writer.onSeal((sealed) => {
      this.#begun.sealed(sealed.batchId);
      for (const listener of this.#sealListeners) listener(sealed.batchId);
    });
    this.#writer.onFailure((error) => this.#failed(error));
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
    return unwritten?.records === 0 && unsynced?.records === 0 ? [] : this.#begun.all;
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

  async #close(options: IngestCloseOptions): Promise<void> {
    this.#lifecycle.move("close");
    if (this.state === "closed") return;
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
    await writer?.close();
    this.#begun.clear();
  }

  #failed(error: SewerError): void {
    this.#failure = error;
    if (this.state === "flowing") this.#lifecycle.move("fail");
    for (const listener of this.#failureListeners) listener(error);
  }

  #writerOptions(): SpoolWriterOptions {
    const { spool, spoolDir, fs, clock, random, logger, metrics } = this.#options;
    const { durability, onFull } = spool;
    return {
      dir: spoolDir,
      meta: (segment) => this.#segmentMeta(segment),
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

  #segmentMeta({ batchId, createdMs }: { batchId: string; createdMs: number }): Uint8Array {
    const { name: flow, source, sinks, host } = this.#options;
    const { schema } = source;
    const plans: Record<string, JsonObject> = {};
    for (const [name, sink] of sinks) plans[name] = sink.plan({ batchId, createdMs, flow }, schema);
    const meta = encodeSegmentMeta({ v: 1, flow, schema, host, createdMs, sinks: plans });
    this.#begun.begin({ batchId, firstMs: createdMs, meta });
    return meta;
  }
}

import { isSewerError, SewerError, type BatchOrigin, type Frame } from "@sewer/core";
import type { Receipt, SettleableBatch } from "@sewer/core";
import { spoolErrors } from "../errors.ts";
import { codeOf, messageOf } from "../file-access.ts";
import { SegmentFile, unreadable } from "../format/segment-file.ts";
import type { BatchHead } from "./batch-head.ts";
import type { DrainContext } from "./drain-context.ts";
import { Journal } from "./journal.ts";
import { endJournal } from "./kept-journals.ts";
import { TryFile } from "./try-file.ts";

/** The room that a batch lies in. */
export interface BatchRoom {
  readonly sink: string;
  readonly directory: string;
  pathOf(batchId: string): string;
  acknowledge(batch: StoredBatch, receipt: Receipt): Promise<void>;
  quarantine(batch: StoredBatch, reason: string): Promise<void>;
  drop(batch: StoredBatch): Promise<void>;
}

/** One batch for one sink. */
export class StoredBatch implements SettleableBatch {
  readonly id: string;
  readonly sink: string;
  readonly meta: Buffer;
  readonly origin: BatchOrigin;
  readonly recordCount: number;
  readonly bytes: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly journal: Journal;
  readonly #tryFile: TryFile;
  readonly #context: DrainContext;
  readonly #room: BatchRoom;
  #readableCount: number | undefined;
  #state: "ready" | "settling" | "settled" = "ready";
  #notesBegun = 0;

  constructor(context: DrainContext, room: BatchRoom, head: BatchHead, origin: BatchOrigin) {
    this.#context = context;
    this.#room = room;
    this.id = head.id;
    this.sink = room.sink;
    this.meta = head.meta;
    this.origin = origin;
    this.recordCount = head.recordCount;
    this.bytes = head.bytes;
    this.firstMs = head.firstMs;
    this.lastMs = head.lastMs;
    this.journal = new Journal(context.fs, room.directory, head.id);
    this.#tryFile = new TryFile(context.fs, room.directory, head.id);
  }

  get readableCount(): number | undefined {
    return this.#readableCount;
  }

  /** Neither settled nor on its way to be. */
  get isReady(): boolean {
    return this.#state === "ready";
  }

  /** Notes of this run, written or not: the journal may hold more than before when this has changed. */
  get notesBegun(): number {
    return this.#notesBegun;
  }

  async *frames(signal: AbortSignal): AsyncGenerator<Frame, void, undefined> {
    signal.throwIfAborted();
    const { fs, buffers } = this.#context;
    const path = this.#room.pathOf(this.id);
    const file = await this.#reading(path, () => SegmentFile.open(path, fs, buffers));
    const frames = file.frames(signal);
    try {
      for (;;) {
        const next = await this.#reading(path, () => frames.next(), signal);
        if (next.done === true) break;
        yield next.value;
      }
      this.#notePass(file);
    } finally {
      await frames.return(undefined);
      await this.#reading(path, () => file.close());
    }
  }

  async note(bytes: Uint8Array): Promise<void> {
    this.#assertUnsettled();
    this.#notesBegun += 1;
    await this.#durably(() => this.#context.reserve.backing(() => this.journal.note(bytes)));
  }

  async notes(): Promise<readonly Uint8Array[]> {
    const { notes } = await this.#reading(this.journal.path, () => this.journal.read());
    return notes;
  }

  async saveRetry(bytes: Uint8Array): Promise<void> {
    this.#assertUnsettled();
    await this.#durably(() => this.#tryFile.write(bytes));
  }

  loadRetry(): Promise<Uint8Array | undefined> {
    return this.#tryFile.read();
  }

  async endJournal(): Promise<boolean> {
    if (this.#state !== "settled") return false;
    return this.#reading(this.journal.path, () => endJournal(this.#context, this.#room.directory, this.id));
  }

  async acknowledge(receipt: Receipt): Promise<void> {
    await this.#settle(async () => {
      const expected = await this.#countFor(receipt);
      if (receipt.records === expected) return this.#room.acknowledge(this, receipt);
      const message = `sink ${this.sink} says it delivered ${receipt.records} records of batch ${this.id}, which has ${expected}; the batch stays, deliver it again`;
      throw new SewerError(spoolErrors.receiptMismatch, message, { scope: "batch" });
    });
  }

  async quarantine(reason: string): Promise<void> {
    await this.#settle(() => this.#room.quarantine(this, reason));
  }

  /** Deletes it undelivered. That it is lost must be in the receipts already. */
  async drop(): Promise<void> {
    await this.#settle(() => this.#room.drop(this));
  }

  /** Records that a receipt must name: those that can be read. They are counted only when there is doubt. */
  async #countFor(receipt: Receipt): Promise<number> {
    if (this.#readableCount === undefined && receipt.records !== this.recordCount) {
      for await (const _ of this.frames(new AbortController().signal));
    }
    return this.#readableCount ?? this.recordCount;
  }

  #notePass(file: SegmentFile): void {
    const isFirst = this.#readableCount === undefined;
    this.#readableCount = file.tally?.records ?? 0;
    if (!isFirst || (file.damage.length === 0 && this.#readableCount === this.recordCount)) return;
    this.#context.counters.badFrames += file.damage.length;
    const records = this.recordCount - this.#readableCount;
    const fields = { batch: this.id, sink: this.sink, records, damage: file.damage.slice(0, 10) };
    this.#context.logger.error(fields, "spool: a batch is damaged; what can be read of it is delivered");
  }

  /** Runs a step that ends the batch; after one that failed the batch is as before. */
  async #settle(step: () => Promise<void>): Promise<void> {
    this.#assertUnsettled();
    this.#state = "settling";
    try {
      await this.#durably(step);
      this.#state = "settled";
    } finally {
      if (this.#state === "settling") this.#state = "ready";
    }
    await this.#forgetAttempts();
  }

  /** The batch is settled, whatever becomes of this file: the next start looks for what is left over. */
  async #forgetAttempts(): Promise<void> {
    const { logger } = this.#context;
    await this.#tryFile.remove().catch((error: unknown) => {
      const fields = { batch: this.id, sink: this.sink, code: codeOf(error) };
      logger.warn(fields, "spool: what was kept of a batch's attempts could not be deleted yet");
    });
  }

  #assertUnsettled(): void {
    if (this.#state !== "ready") throw new Error(`batch ${this.id} of sink ${this.sink} is ${this.#state}`);
  }

  async #reading<Result>(path: string, step: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    try {
      return await step();
    } catch (error) {
      if (isSewerError(error) || signal?.aborted === true) throw error;
      throw unreadable(path, error);
    }
  }

  async #durably(step: () => Promise<void>): Promise<void> {
    // The directory may belong to another process by now.
    if (this.#context.isClosed()) throw new Error(`the drain of batch ${this.id} is closed`);
    const work = step();
    this.#context.underWay.add(work);
    try {
      await work;
    } catch (cause) {
      if (isSewerError(cause)) throw cause;
      const message = `batch ${this.id} of sink ${this.sink}: its state could not be written: ${messageOf(cause)}; check the disk`;
      throw new SewerError(spoolErrors.notDurable, message, { cause });
    } finally {
      this.#context.underWay.delete(work);
    }
  }
}

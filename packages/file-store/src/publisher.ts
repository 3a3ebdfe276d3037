import {
  isSewerError,
  SewerError,
  toSewerError,
  type Batch,
  type BatchJournal,
  type Clock,
  type Logger,
  type Random,
  type Receipt,
  type RecordSchema,
} from "@sewer/core";
import { DeliveryJournal, DeliveryNotes, type ReadyFile } from "./delivery-journal.ts";
import { fileStoreErrors } from "./errors.ts";
import type { FileStore, VerifiedFile } from "./file-store.ts";
import { fileFormat } from "./formats/file-format.ts";
import type { FileFormat } from "./formats/format.ts";
import { inChunks } from "./formats/records.ts";
import type { ResolvedFormatOptions } from "./options.ts";
import { Janitor } from "./janitor.ts";
import { LeftOvers } from "./left-overs.ts";
import { filePlanOf, type FilePlan } from "./plan.ts";
import { finalName, sweep, temporaryName } from "./temporary-names.ts";

/** The size of the pieces that a store is given. */
const chunkBytes = 1 << 20;

/** What a {@link FilePublisher} works with. */
export interface FilePublisherOptions {
  readonly store: FileStore;
  /** The sink's name in its flow: under it the batch's meta holds the plan. */
  readonly sink: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** How records become the bytes of a file. @default {@link fileFormat}, in worker threads */
  readonly format?: (options: ResolvedFormatOptions, schema: RecordSchema) => FileFormat;
  /** Attempts in one `deliver` after faults that a new one may escape at once. @default 3 */
  readonly attemptsMax?: number;
  /** How long the deletion of a temporary file may take after a failure, in ms. @default 5000 */
  readonly cleanupMs?: number;
  /** How long after an attempt was begun its file may still come up, in ms. @default 0: not at all */
  readonly janitorDelayMs?: number;
}

/** Plain counters of a {@link FilePublisher}. */
export interface FilePublisherStatistics {
  /** Attempts that failed before anything was published. */
  attemptsFailed: number;
  /** Times that a temporary file could not be deleted at once; the janitor, or a later delivery, does it. */
  cleanupsFailed: number;
  /** Batches that were found at their destination, with the same records. */
  alreadyThere: number;
  /** Batches whose destination was taken by something else. */
  conflicts: number;
  /** Verified files that were nowhere when they should be published; their batches were written again. */
  vanished: number;
}

/** What a receipt says of a file. */
type FileContent = Pick<Receipt, "records" | "bytes" | "checksum">;

/** One call of {@link FilePublisher.deliver}. */
interface Delivery {
  readonly batch: Batch;
  readonly plan: FilePlan;
  readonly format: FileFormat;
  readonly journal: DeliveryJournal;
  readonly signal: AbortSignal;
}

/**
 * Brings batches to a {@link FileStore} so that each is visible whole or not at all, and once:
 *
 *     note begun -> write .NAME.ULID -> verify -> note verified -> publish as NAME, never over anything
 *                                                                    |- published -> receipt
 *                                                                    |- exists: read it; same records -> receipt
 *                                                                    `- gone: alarm, from the beginning
 *
 * Whatever cuts it, the next call goes on where the notes end: what is verified is published and never
 * written a second time, since a rename that is still on its way might publish it next to its twin.
 */
export class FilePublisher {
  readonly statistics: FilePublisherStatistics = {
    attemptsFailed: 0,
    cleanupsFailed: 0,
    alreadyThere: 0,
    conflicts: 0,
    vanished: 0,
  };
  /** Cleans up after deliveries. */
  readonly janitor: Janitor;
  readonly #leftOvers: LeftOvers;
  readonly #options: FilePublisherOptions;

  constructor(options: FilePublisherOptions) {
    const { store, clock, logger, janitorDelayMs = 0 } = options;
    this.#options = options;
    this.#leftOvers = new LeftOvers(store);
    this.janitor = new Janitor({
      sweep: (temporary, signal) => sweep(store, finalName(temporary), signal),
      delayMs: janitorDelayMs,
      clock,
      logger,
    });
  }

  /** Takes over the journals that earlier runs have kept. From now on this process is the one that delivers. */
  async start(journals: readonly BatchJournal[]): Promise<void> {
    this.#leftOvers.forget();
    await this.janitor.start(journals);
  }

  /** Ends the janitor's work; the journals stay. */
  stop(): void {
    this.janitor.stop();
  }

  /** Delivers one batch; see Sink.deliver. A batch without a readable record makes no file. */
  async deliver(batch: Batch, signal: AbortSignal): Promise<Receipt> {
    try {
      return await this.#deliver(batch, signal);
    } catch (error) {
      if (!signal.aborted || isSewerError(error)) throw toSewerError(error, fileStoreErrors.failed);
      const message = `the delivery of batch ${batch.id} was aborted; the next one finds out how far it came`;
      throw new SewerError(fileStoreErrors.aborted, message, { cause: error });
    }
  }

  async #deliver(batch: Batch, signal: AbortSignal): Promise<Receipt> {
    const { store, sink, format: formatOf = fileFormat, attemptsMax = 3 } = this.#options;
    const plan = filePlanOf(batch, sink);
    const format = formatOf(plan.format, plan.schema);
    const notes = await DeliveryNotes.of(batch);
    if (notes.ready === undefined && !(await hasRecords(batch, signal))) {
      return { destination: store.locationOf(plan.path), records: 0, bytes: 0 };
    }
    const journal = new DeliveryJournal(notes, (bytes) => batch.note(bytes));
    const delivery: Delivery = { batch, plan, format, journal, signal };
    if (notes.ready === undefined && (await this.#mayHaveLeftOvers(delivery))) {
      await sweep(store, plan.path, signal);
    }
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(delivery);
      } catch (error) {
        this.statistics.attemptsFailed++;
        if (attempt >= attemptsMax || signal.aborted || !this.#isWorthAnotherAttempt(error)) throw error;
        const { code } = toSewerError(error, fileStoreErrors.failed);
        this.#options.logger.warn(
          { batch: batch.id, code, attempt, error },
          "attempt failed, trying again at once",
        );
      }
    }
  }

  /** Of an earlier attempt, also of one whose journal was lost: that goes before the next. */
  async #mayHaveLeftOvers({ batch, journal, plan, signal }: Delivery): Promise<boolean> {
    if (journal.notes.begun.length > 0) return true;
    return batch.origin !== "fresh" && this.#leftOvers.mayBe(plan.path, signal);
  }

  /** A fault of the batch's own ends its way here: nothing of it may be published after that. */
  async #attempt(delivery: Delivery): Promise<Receipt> {
    const { journal, plan, signal } = delivery;
    const { store } = this.#options;
    const ready = journal.notes.ready ?? (await this.#upload(delivery));
    try {
      return await this.#publish(delivery, ready);
    } catch (error) {
      const isFinal = isSewerError(error) && error.scope === "batch" && error.retry === "permanent";
      if (!isFinal) throw error;
      const outcome = await store.withdraw(ready.file, plan.path, signal);
      if (outcome === "published") return this.#end(delivery, ready, receiptOf(ready));
      await journal.withdrawn(ready.file.path);
      throw error;
    }
  }

  async #publish(delivery: Delivery, ready: ReadyFile): Promise<Receipt> {
    const { batch, journal, plan, signal } = delivery;
    const { store } = this.#options;
    const outcome = await store.publish(ready.file, plan.path, signal);
    if (outcome === "published") return this.#end(delivery, ready, receiptOf(ready));
    if (outcome === "gone") {
      await journal.withdrawn(ready.file.path);
      throw this.#vanished(batch, ready.file);
    }
    const there = await this.#sameRecordsThere(delivery);
    if (there === undefined) throw this.#conflict(delivery);
    // A publish that is still on its way could bring it to light once the other has moved on.
    await store.withdraw(ready.file, plan.path, signal);
    return this.#end(delivery, ready, there);
  }

  async #upload({ batch, plan, format, journal, signal }: Delivery): Promise<ReadyFile> {
    const { store, clock, random } = this.#options;
    const temporary = temporaryName(plan.path, clock, random);
    const tally = { records: 0 };
    signal.throwIfAborted();
    await journal.begun(temporary, clock.now());
    try {
      const chunks = inChunks(format.encode(batch, tally, signal), chunkBytes);
      const written = await store.write({ path: temporary, chunks, batchBytes: batch.bytes }, signal);
      const file = await store.verify(written, signal);
      signal.throwIfAborted();
      const ready = { file, records: tally.records };
      await journal.verified(ready);
      return ready;
    } catch (error) {
      await this.#cleanUp(batch, (limit) => store.remove(temporary, limit));
      throw error;
    }
  }

  /** The records and bytes of the file that is there, when its records are the batch's. */
  async #sameRecordsThere({ batch, plan, format, signal }: Delivery): Promise<FileContent | undefined> {
    const file = { bytes: 0 };
    const there = await format.digest(countBytes(this.#options.store.read(plan.path, signal), file));
    const ours = await format.digest(format.encode(batch, { records: 0 }, signal));
    const isSame = there !== undefined && there.records === ours?.records && there.sha256 === ours.sha256;
    if (!isSame) return undefined;
    this.statistics.alreadyThere++;
    this.#options.logger.info(
      { batch: batch.id, path: plan.path },
      "the batch was already at its destination",
    );
    return { records: there.records, bytes: file.bytes };
  }

  /** The batch is delivered whatever happens here: what cannot be deleted now is left to the janitor. */
  async #end(
    { batch, plan, journal }: Delivery,
    { file: { path } }: ReadyFile,
    content: FileContent,
  ): Promise<Receipt> {
    const { store } = this.#options;
    const receipt = { destination: store.locationOf(plan.path), ...content };
    if (journal.notes.leftOvers(path).length === 0) return receipt;
    await this.#cleanUp(batch, (signal) => sweep(store, plan.path, signal));
    this.janitor.watch(batch, journal.notes);
    return { ...receipt, keepsJournal: true };
  }

  /** Also after an abort, but not for long. */
  async #cleanUp(batch: Batch, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { clock, logger, cleanupMs = 5000 } = this.#options;
    const limit = new AbortController();
    const cancel = clock.schedule(cleanupMs, () => limit.abort());
    try {
      await work(limit.signal);
    } catch (error) {
      this.statistics.cleanupsFailed++;
      logger.warn({ batch: batch.id, error }, "a temporary file could not be deleted");
    } finally {
      cancel();
    }
  }

  #isWorthAnotherAttempt(error: unknown): boolean {
    if (isSewerError(error) && error.code === fileStoreErrors.vanished) return true;
    return this.#options.store.isWorthAnotherAttempt(error);
  }

  #vanished(batch: Batch, file: VerifiedFile): SewerError {
    this.statistics.vanished++;
    const message =
      `${file.path} (id ${file.id}) of batch ${batch.id} was verified and is nowhere now; the batch is written ` +
      "again. If a consumer took the file and deleted it, its records are there twice: look for who deletes " +
      "files in the sink's directories";
    this.#options.logger.error({ batch: batch.id, file: file.path, id: file.id }, message);
    return new SewerError(fileStoreErrors.vanished, message);
  }

  #conflict({ batch, plan }: Delivery): SewerError {
    this.statistics.conflicts++;
    const message =
      `${this.#options.store.locationOf(plan.path)} exists and does not hold the records of batch ${batch.id}; ` +
      "it was left as it is. Find out who wrote it, move it away and requeue the batch";
    return new SewerError(fileStoreErrors.conflict, message, { scope: "batch", retry: "permanent" });
  }
}

function receiptOf({ file: { bytes, checksum }, records }: ReadyFile): FileContent {
  return { records, bytes, ...(checksum !== undefined && { checksum }) };
}

async function hasRecords(batch: Batch, signal: AbortSignal): Promise<boolean> {
  if (batch.readableCount !== undefined) return batch.readableCount > 0;
  for await (const frame of batch.frames(signal)) if (frame.recordCount > 0) return true;
  return false;
}

async function* countBytes(chunks: AsyncIterable<Buffer>, file: { bytes: number }): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    file.bytes += chunk.length;
    yield chunk;
  }
}

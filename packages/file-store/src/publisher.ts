import {
  isSewerError,
  SewerError,
  toSewerError,
  type Batch,
  type Clock,
  type Logger,
  type Random,
  type Receipt,
} from "@sewer/core";
import { fileStoreErrors } from "./errors.ts";
import type { FileStore, WrittenFile } from "./file-store.ts";
import { fileFormat } from "./formats/file-format.ts";
import type { FileFormat } from "./formats/format.ts";
import { inChunks } from "./formats/records.ts";
import { filePlanOf, type FilePlan } from "./plan.ts";
import { ulid, ulidPattern } from "./ulid.ts";

/** The size of the pieces that a store is given. */
const chunkBytes = 1 << 20;

/** How many batches with a failed attempt are remembered; beyond it every delivery looks for left-overs. */
const uncleanMax = 10_000;

/** What a {@link FilePublisher} works with. */
export interface FilePublisherOptions {
  readonly store: FileStore;
  /** The sink's name in its flow: under it the batch's meta holds the plan. */
  readonly sink: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Attempts in one `deliver` after faults that a new one may escape at once. @default 3 */
  readonly attemptsMax?: number;
  /** How long the deletion of a temporary file may take after a failure, in ms. @default 5000 */
  readonly cleanupMs?: number;
}

/** Plain counters of a {@link FilePublisher}. */
export interface FilePublisherStatistics {
  /** Attempts that failed before anything was published. */
  attemptsFailed: number;
  /** Times that a temporary file could not be deleted at once; a later delivery looks for it. */
  cleanupsFailed: number;
  /** Batches that were found at their destination, with the same records. */
  alreadyThere: number;
  /** Batches whose destination was taken by something else. */
  conflicts: number;
}

/**
 * Brings batches to a {@link FileStore} so that each is visible whole or not at all, and once:
 *
 *     sweep? -> write .NAME.ULID -> verify -> publish as NAME, never over anything -> receipt
 *                                              `- exists: read it back; same records -> receipt
 *
 * Temporary names are never used twice, so an attempt that lives on at the far side cannot change what a
 * later one publishes. They are in the directory of the final name: the same quota, encryption zone and
 * file system; their leading `.` hides them from MapReduce, Hive and Spark.
 */
export class FilePublisher {
  readonly statistics: FilePublisherStatistics = {
    attemptsFailed: 0,
    cleanupsFailed: 0,
    alreadyThere: 0,
    conflicts: 0,
  };
  readonly #options: FilePublisherOptions;
  /** Batches that may have left temporary files behind. */
  readonly #unclean = new Set<string>();
  #uncleanOverflow = false;

  constructor(options: FilePublisherOptions) {
    this.#options = options;
  }

  /** Delivers one batch; see Sink.deliver. A batch without a readable record makes no file. */
  async deliver(batch: Batch, signal: AbortSignal): Promise<Receipt> {
    try {
      return await this.#deliver(batch, signal);
    } catch (error) {
      if (!signal.aborted || isSewerError(error)) throw toSewerError(error, fileStoreErrors.failed);
      const message = `the delivery of batch ${batch.id} was aborted; nothing was published`;
      throw new SewerError(fileStoreErrors.aborted, message, { cause: error });
    }
  }

  async #deliver(batch: Batch, signal: AbortSignal): Promise<Receipt> {
    const { store, sink, attemptsMax = 3 } = this.#options;
    const plan = filePlanOf(batch, sink);
    const format = fileFormat(plan.format, plan.schema);
    if (!(await hasRecords(batch, signal))) {
      return { destination: store.locationOf(plan.path), records: 0, bytes: 0 };
    }
    // An earlier attempt, of this process or of one before it, may have left something: that goes first.
    if (this.#mayBeUnclean(batch)) await this.#sweep(plan.path, signal);
    for (let attempt = 1; ; attempt++) {
      try {
        const receipt = await this.#attempt(batch, plan, format, signal);
        if (this.#mayBeUnclean(batch)) await this.#sweepAtEnd(batch, plan.path);
        return receipt;
      } catch (error) {
        this.statistics.attemptsFailed++;
        this.#markUnclean(batch.id);
        if (attempt >= attemptsMax || signal.aborted || !store.isWorthAnotherAttempt(error)) throw error;
        const { code } = toSewerError(error, fileStoreErrors.failed);
        this.#options.logger.warn(
          { batch: batch.id, code, attempt, error },
          "attempt failed, trying again at once",
        );
      }
    }
  }

  async #attempt(batch: Batch, plan: FilePlan, format: FileFormat, signal: AbortSignal): Promise<Receipt> {
    const { store, clock, random } = this.#options;
    const temporary = `${temporaryPrefix(plan.path)}${ulid(clock, random)}`;
    const tally = { records: 0 };
    let outcome: "failed" | "published" | "exists" = "failed";
    try {
      signal.throwIfAborted();
      const chunks = inChunks(format.encode(batch, tally, signal), chunkBytes);
      const written = await store.write({ path: temporary, chunks, batchBytes: batch.bytes }, signal);
      const verified = await store.verify(written, signal);
      signal.throwIfAborted();
      outcome = await store.publish(verified, plan.path, signal);
      if (outcome === "exists") return await this.#receiptOfExisting(batch, plan, format, signal);
      return receiptOf(store, plan, tally.records, written);
    } finally {
      if (outcome !== "published") await this.#discard(batch, temporary);
    }
  }

  /** Something is there. The batch's own records mean that an earlier attempt has done it. */
  async #receiptOfExisting(
    batch: Batch,
    plan: FilePlan,
    format: FileFormat,
    signal: AbortSignal,
  ): Promise<Receipt> {
    const { store, logger } = this.#options;
    const destination = store.locationOf(plan.path);
    const file = { bytes: 0 };
    const there = await format.digest(countBytes(store.read(plan.path, signal), file));
    const ours = await format.digest(batchBytes(batch, format, signal));
    if (there !== undefined && there.records === ours?.records && there.sha256 === ours.sha256) {
      this.statistics.alreadyThere++;
      logger.info({ batch: batch.id, destination }, "the batch was already at its destination");
      return receiptOf(store, plan, there.records, file);
    }
    this.statistics.conflicts++;
    const message =
      `${destination} exists and does not hold the records of batch ${batch.id}; it was left as it is. ` +
      "Find out who wrote it, move it away and requeue the batch";
    throw new SewerError(fileStoreErrors.conflict, message, { scope: "batch", retry: "permanent" });
  }

  #mayBeUnclean(batch: Batch): boolean {
    return batch.origin !== "fresh" || this.#uncleanOverflow || this.#unclean.has(batch.id);
  }

  #markUnclean(batchId: string): void {
    if (this.#unclean.size < uncleanMax) this.#unclean.add(batchId);
    else this.#uncleanOverflow ||= !this.#unclean.has(batchId);
  }

  /** Deletes every temporary file of the batch whose final name is `path`. */
  async #sweep(path: string, signal: AbortSignal): Promise<void> {
    const { store } = this.#options;
    const prefix = temporaryPrefix(path);
    const directory = path.slice(0, path.lastIndexOf("/")) || "/";
    const isTemporary = new RegExp(`^${ulidPattern}$`);
    const namePrefix = prefix.slice(prefix.lastIndexOf("/") + 1);
    for (const name of await store.list(directory, namePrefix, signal)) {
      const isOurs = name.startsWith(namePrefix) && isTemporary.test(name.slice(namePrefix.length));
      if (isOurs) await store.remove(prefix + name.slice(namePrefix.length), signal);
    }
  }

  /** The batch is delivered whatever happens here, so a failure is only counted. */
  async #sweepAtEnd(batch: Batch, path: string): Promise<void> {
    if (await this.#cleanUp(batch, (signal) => this.#sweep(path, signal))) this.#unclean.delete(batch.id);
  }

  /** Deletes the attempt's own temporary file, also after an abort. */
  async #discard(batch: Batch, temporary: string): Promise<void> {
    const { store } = this.#options;
    if (await this.#cleanUp(batch, (signal) => store.remove(temporary, signal))) return;
    this.#markUnclean(batch.id);
  }

  async #cleanUp(batch: Batch, work: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
    const { clock, logger, cleanupMs = 5000 } = this.#options;
    const limit = new AbortController();
    const cancel = clock.schedule(cleanupMs, () => limit.abort());
    try {
      await work(limit.signal);
      return true;
    } catch (error) {
      this.statistics.cleanupsFailed++;
      logger.warn({ batch: batch.id, error }, "a temporary file could not be deleted");
      return false;
    } finally {
      cancel();
    }
  }
}

/** The temporary names of a file are this and a ULID. */
function temporaryPrefix(path: string): string {
  const slash = path.lastIndexOf("/");
  return `${path.slice(0, slash + 1)}.${path.slice(slash + 1)}.`;
}

function receiptOf(
  store: FileStore,
  plan: FilePlan,
  records: number,
  file: Pick<WrittenFile, "bytes" | "checksum">,
): Receipt {
  const { bytes, checksum } = file;
  return {
    destination: store.locationOf(plan.path),
    records,
    bytes,
    ...(checksum !== undefined && { checksum }),
  };
}

async function hasRecords(batch: Batch, signal: AbortSignal): Promise<boolean> {
  if (batch.readableCount !== undefined) return batch.readableCount > 0;
  for await (const frame of batch.frames(signal)) if (frame.recordCount > 0) return true;
  return false;
}

/** The batch as it would be written now. */
function batchBytes(batch: Batch, format: FileFormat, signal: AbortSignal): AsyncIterable<Buffer> {
  return format.encode(batch, { records: 0 }, signal);
}

async function* countBytes(chunks: AsyncIterable<Buffer>, file: { bytes: number }): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    file.bytes += chunk.length;
    yield chunk;
  }
}

import type { BatchJournal, Clock, FileSystem, Logger, Metrics, SettleableBatch } from "@sewer/core";
import type { LockProvider } from "./lock-provider.ts";

/** How room is made for new records: the oldest batches go, undelivered. Sizes are bytes. */
export interface DropOldestOptions {
  /**
   * The budget of the writers, measured as they do. When more than 15/16 of it is used, batches go until 7/8
   * are left, so that the writers find room before they have to refuse.
   */
  readonly maxBytes: number;
  /**
   * Free space that the writers leave. Batches go when less than 5/4 of it is left, but at least 64 MiB more than it
   * or 1/64 of the disk, whichever is less.
   *
   * @default 1 GiB, but at most 5 % of the disk
   */
  readonly minFreeBytes?: number | undefined;
  /**
   * How often the disk is looked at, in milliseconds. The directory is measured as often while more than 4/5 of
   * {@link maxBytes} is used, else ten times as rarely; but that never takes more than 1/20 of the time.
   *
   * @default 1000
   */
  readonly checkEveryMs?: number;
  /**
   * Takes batches that were given out back from wherever they wait: all of them, or none and false when one of
   * them is being delivered. Synchronous. When dropping fails after that, they are given out again.
   */
  readonly withdraw: (batches: readonly SettleableBatch[]) => boolean;
  /**
   * True when these notes of a sink leave open whether it has the batch, which then stays.
   *
   * @default true: a batch with a note stays
   */
  readonly isUndecided?: (sink: string, notes: readonly Uint8Array[]) => boolean;
}

/** What {@link openDrain} needs. Times are milliseconds. */
export interface DrainOptions {
  /** The spool directory; made when it is missing, its parents too. */
  readonly dir: string;
  /**
   * The names of the sinks that a segment is for, read from its meta. A segment whose meta this throws at
   * goes to quarantine.
   */
  readonly sinksOf: (meta: Buffer) => readonly string[];
  /** Age at which the receipts of a day are deleted. */
  readonly receiptsKeepMs: number;
  /** How often new segments are looked for without a {@link Drain.poke}. @default 1000 */
  readonly pollEveryMs?: number;
  /** How often directories of ended processes are looked for. @default 30000 */
  readonly adoptEveryMs?: number;
  /** Batches of one sink that are given out and not settled yet; the others wait on disk. @default 1024 */
  readonly windowMax?: number;
  /**
   * Size of a file that is given up, 16 KiB at a time, when the disk has no room for a receipt or a journal
   * entry, and filled up again when it has. @default 0: none
   */
  readonly reserveBytes?: number;
  /** Undefined: nothing is ever dropped. */
  readonly dropOldest?: DropOldestOptions | undefined;
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** @default {@link sqliteLocks} */
  readonly locks?: LockProvider;
}

/** A number of batches, the records that their seals count, and the bytes of their files. */
export interface BatchTotals {
  readonly batches: number;
  readonly records: number;
  readonly bytes: number;
}

/**
 * The accounting of one sink since the drain was opened. At rest, once {@link DrainStatistics.started}:
 * taken = delivered + on disk + quarantined + lost, in records exactly.
 */
export interface SinkStatistics {
  /** Found in the sink's room at the start, or put there since. */
  readonly taken: BatchTotals;
  /** Acknowledged: what the receipts say. */
  readonly delivered: BatchTotals;
  readonly onDisk: BatchTotals;
  readonly quarantined: BatchTotals;
  /** Deleted undelivered, to make room. */
  readonly dropped: BatchTotals;
  /** The records of those, and damaged records of batches that were delivered without them. */
  readonly recordsLost: number;
  /** Creation time of the oldest batch in the window, epoch milliseconds; undefined when there is none. */
  readonly oldestMs: number | undefined;
}

/** Counters of a {@link Drain} since it was opened. */
export interface DrainStatistics {
  /** Everything found at the start was looked at. */
  readonly started: boolean;
  readonly sinks: Readonly<Record<string, SinkStatistics>>;
  /** Segments that were open when their writer ended, and were sealed. */
  readonly segmentsRecovered: number;
  /** Directories of ended processes that were taken over after the start. */
  readonly incarnationsAdopted: number;
  /** Recovered segments whose end was torn and cut off. */
  readonly tornTails: number;
  /** Damaged places that were met while reading. */
  readonly badFrames: number;
  /** Segments that went to quarantine before any sink had them, with the records that could be counted. */
  readonly unusable: BatchTotals;
  /** Files of a newer version, which are left alone. */
  readonly unknownVersions: number;
  /** Failures of the file system while segments were taken over; each is tried again. */
  readonly fileErrors: number;
}

/** A batch that a sink has not got yet. */
export interface UndeliveredBatch {
  /** Creation time of its segment, epoch milliseconds; when that cannot be read, the start of its writer. */
  readonly firstMs: number;
  /** Undefined when it cannot be read. */
  readonly meta: Buffer | undefined;
  readonly batchId: string;
}

/** The delivery half of a spool: it alone takes sealed segments. */
export interface Drain {
  readonly statistics: DrainStatistics;
  /**
   * Gives `listener` every batch that is ready for delivery, each once a run, oldest first as they are found.
   * Those that were ready before come at once. One listener at a time.
   *
   * @returns the call that ends it.
   */
  onBatch(listener: (batch: SettleableBatch) => void): () => void;
  /**
   * The journals that a sink has asked to keep (Receipt.keepsJournal) and not ended, of earlier runs too.
   * At most 10,000; the others wait for the next start.
   *
   * @throws SewerError `SEWER_SPOOL_UNREADABLE`.
   */
  keptJournals(sink: string): Promise<readonly BatchJournal[]>;
  /** Calls `listener` when the files of a batch were deleted. @returns the call that ends it. */
  onFreed(listener: () => void): () => void;
  /**
   * The oldest batch that each sink has not got: of everything below the spool directory but quarantine, in
   * whatever stage. A batch is never overlooked on its way from one stage to the next; one that is settled
   * while this looks may still be named.
   *
   * @param sinks Which sinks to tell of.
   * @param begun Segments that writers of this process have begun and not sealed, as of now: their records may
   * be in memory only.
   * @returns by sink, those that have everything missing; undefined before everything that was there at the
   * start was looked at, and when the drain is closed.
   * @throws SewerError `SEWER_SPOOL_UNREADABLE`.
   */
  oldestUndelivered(
    sinks: readonly string[],
    begun: readonly UndeliveredBatch[],
  ): Promise<ReadonlyMap<string, UndeliveredBatch> | undefined>;
  /** Looks for newly sealed segments now. */
  poke(): void;
  /** Settles when everything that was on disk at the start was looked at, or the drain closed. */
  readonly started: Promise<void>;
  /** Gives nothing out any more, finishes what is under way and lets go of the lock. Idempotent. */
  close(): Promise<void>;
}

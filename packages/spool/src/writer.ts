import type { Channel, Clock, FileSystem, Logger, Metrics, Random, SewerError } from "@sewer/core";
import type { LockProvider } from "./lock-provider.ts";

/**
 * Why a segment was closed: its age, its size, the stop of the process, recovery after a crash, or a sync
 * that failed (`suspect`: what lies behind the last good sync may be damaged).
 */
export type SealReason = "age" | "size" | "stop" | "recovered" | "suspect";

/** What {@link openSpool} needs. Times are milliseconds, sizes are bytes. */
export interface SpoolWriterOptions {
  /** The spool directory; made when it is missing, its parents too. */
  readonly dir: string;
  /**
   * The meta of a segment, at most 64 KiB. Called once a segment, synchronously, when its first record is
   * committed; the spool stores the bytes and does not read them.
   */
  readonly meta: (segment: { readonly batchId: string; readonly createdMs: number }) => Uint8Array;
  /**
   * When a record counts as durable. `memory`: at once, synced when its segment is sealed.
   * `interval`: at once, synced every {@link fsyncIntervalMs}. `written`: when the system has taken its write,
   * synced every {@link fsyncIntervalMs}. `group`: when a sync has covered it; everything that is committed
   * while one is under way shares the next.
   */
  readonly durability: "memory" | "interval" | "written" | "group";
  readonly fsyncIntervalMs: number;
  /** Age of a segment, from its first record, at which it is sealed. */
  readonly rollEveryMs: number;
  /** Size of a segment's file at which it is sealed; passed by one frame at most. Above 8 GiB means 8 GiB. */
  readonly rollBytes: number;
  /** Seal on even boundaries of {@link rollEveryMs} (UTC) instead. */
  readonly rollAlign: boolean;
  /** Budget of everything below {@link dir} but journals, receipts and locks. */
  readonly maxBytes: number;
  /**
   * Free space that the disk keeps, whoever fills it. 0: nothing is kept.
   *
   * @default 1 GiB, but at most 5 % of the disk
   */
  readonly minFreeBytes?: number | undefined;
  /**
   * What `reserve` answers while {@link maxBytes} is used up, {@link minFreeBytes} is reached or the disk refuses
   * writes: `refuse` is `full`, `block` is `wait`.
   */
  readonly onFull: "refuse" | "block";
  /** Size of a buffer, and so of a frame on disk. @default 262144 */
  readonly bufferBytes?: number;
  /** Memory for buffers; one record larger than a buffer may come on top. @default 16777216 */
  readonly poolBytesMax?: number;
  /**
   * Memory for frames that are written and not synced yet, at level `group`: they are kept to be written again
   * when the sync fails. Reached, nothing is written before the next sync; passed by one frame at most.
   *
   * @default 8388608
   */
  readonly unsyncedBytesMax?: number;
  /** Largest record. @default 16777216, which is also the limit of the format */
  readonly recordBytesMax?: number;
  /**
   * Longest time a record waits in memory while the disk is idle, at the levels `memory` and `interval`; at the
   * others it does not wait.
   *
   * @default 10
   */
  readonly flushEveryMs?: number;
  /**
   * How often the directory is measured while more than 4/5 of {@link maxBytes} is used; else six times as
   * long. @default 10000
   */
  readonly measureEveryMs?: number;
  /** How often the free space of the disk is looked at. @default 1000 */
  readonly spaceEveryMs?: number;
  /** How long `close` tries to write what is in memory while the disk refuses it. @default 5000 */
  readonly closeWithinMs?: number;
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** @default {@link sqliteLocks} */
  readonly locks?: LockProvider;
}

/** Committed records that something sudden would cost. */
export interface LossWindow {
  readonly records: number;
  /** As they lie in segment files, framing included. */
  readonly bytes: number;
  /** Time since the oldest of them was committed, or, within a frame, since the frame's first was; else 0. */
  readonly ageMs: number;
}

/** Counters of a {@link SpoolWriter} since it was opened. */
export interface SpoolWriterStatistics {
  /** Records committed, and their bytes without any framing. */
  readonly recordsAppended: number;
  readonly bytesAppended: number;
  /** Records that {@link bytesSynced}'s last sync covered. */
  readonly recordsSynced: number;
  /** Bytes of segment files, framing included, that a sync covered. */
  readonly bytesSynced: number;
  /**
   * Reservations that were answered `full`, by reason: `maxBytes`, `minFreeBytes`, a disk that refuses writes,
   * the failed state.
   */
  readonly refused: {
    readonly budget: number;
    readonly floor: number;
    readonly disk: number;
    readonly failed: number;
  };
  /** What keeps the next record out now: one of the reasons above; undefined while there is room. */
  readonly obstacle: "budget" | "floor" | "disk" | "failed" | undefined;
  /** Reservations that were answered `wait`. */
  readonly waits: number;
  readonly segmentsSealed: number;
  /** Totals of the seals: the left side of the accounting. */
  readonly recordsSealed: number;
  /** Segments that could not be renamed and wait as `*.open` for the next start. */
  readonly segmentsLeftOpen: number;
  readonly writeErrors: number;
  readonly syncErrors: number;
  /** Committed records that never reached the disk (the spool was closed or failed while it refused them). */
  readonly recordsLost: number;
  /** What a kill of the process would lose now: records that are in memory only. */
  readonly unwritten: LossWindow;
  /**
   * What a power cut would lose now at worst: those, and records in a file that no sync has covered. A segment
   * whose sync failed leaves it when it is sealed as suspect.
   */
  readonly unsynced: LossWindow;
  /** Free space of the disk, at most `spaceEveryMs` old; undefined when the system does not tell. */
  readonly bytesFree: number | undefined;
  /** What counts to `maxBytes` now: the last measurement and what was committed since. */
  readonly bytesUsed: number;
}

/** The writing half of a spool: what a source fills. */
export interface SpoolWriter extends Channel {
  /** This start's id, a ULID; the first half of its batch ids. */
  readonly incarnation: string;
  readonly statistics: SpoolWriterStatistics;
  /**
   * Seals the current segment, if it holds a record; settles when it is ready for delivery.
   *
   * @param reason What its seal says. Default `stop`.
   */
  roll(reason?: "age" | "size" | "stop"): Promise<void>;
  /** Counts again what lies below the directory, soon: call it when space was freed. */
  measure(): void;
  /** Calls `listener` whenever a segment is ready for delivery. @returns the call that ends it. */
  onSeal(listener: (sealed: { readonly batchId: string; readonly records: number }) => void): () => void;
  /**
   * Calls `listener` once, when the spool gives up (`SEWER_SPOOL_FAILED`): from then on `reserve` answers
   * `full`. @returns the call that ends it.
   */
  onFailure(listener: (error: SewerError) => void): () => void;
  /**
   * Writes what is in memory, seals, and lets go of the directory. Idempotent.
   *
   * @throws SewerError `SEWER_SPOOL_NOT_WRITTEN` when the disk refused it all that time.
   */
  close(): Promise<void>;
}

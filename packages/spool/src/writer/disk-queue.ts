import { sleep, type Clock, type FileSystem, type Logger, type SewerError } from "@sewer/core";
import { codeOf, messageOf } from "../file-access.ts";
import type { SealReason, SpoolWriterStatistics } from "../writer.ts";
import type { DurabilityLevel } from "./durability.ts";
import type { FrameBuffer } from "./frame-buffer.ts";
import { retryDelayMs } from "./retry-delay.ts";
import { Sealer } from "./sealer.ts";
import type { SegmentDraft } from "./segment-draft.ts";
import { SyncGuard } from "./sync-guard.ts";
import { UnsyncedFrames } from "./unsynced-frames.ts";

/**
 * What became of a frame: its records are safe at the configured level; they are written and will not be
 * known to be safe in this run; or they never reached the disk.
 */
export type FrameEnd = "safe" | "unsafe" | "lost";

/** What the queue needs from the writer it works for. */
export interface DiskQueueOwner {
  /** A frame whose time has come, or undefined; asked when nothing else waits. */
  takeDueFrame(): FrameBuffer | undefined;
  /** The segment whose empty file may be made ahead of its first record. */
  readonly upcoming: SegmentDraft | undefined;
  /** The segment that goes on after this one, whose sync failed. */
  successorOf(segment: SegmentDraft): SegmentDraft;
  /** Gives a segment that gets its first record here its time and meta. */
  begin(segment: SegmentDraft): void;
  /** A frame is in its file, or (`isWritten` false) cut off from it again and about to be written elsewhere. */
  frameWritten(frame: FrameBuffer, isWritten: boolean): void;
  /** The queue has no more use for a frame. */
  frameDone(frame: FrameBuffer, end: FrameEnd): void;
  sealed(segment: SegmentDraft): void;
  /** The disk refuses writes, from now until one succeeds. */
  stalled(): void;
  failed(error: SewerError): void;
}

/** What a {@link DiskQueue} is made of. */
export interface DiskQueueOptions {
  readonly owner: DiskQueueOwner;
  readonly level: DurabilityLevel;
  /** Memory for frames that wait for their sync, where records are durable by it. */
  readonly unsyncedBytesMax: number;
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What a {@link DiskQueue} counts; the words are those of the writer's statistics. */
export type DiskQueueCounters = Pick<
  SpoolWriterStatistics,
  | "writeErrors"
  | "syncErrors"
  | "bytesSynced"
  | "recordsSynced"
  | "segmentsSealed"
  | "recordsSealed"
  | "segmentsLeftOpen"
>;

type Task =
  | { readonly kind: "frame"; readonly frame: FrameBuffer }
  | {
      readonly kind: "seal";
      readonly segment: SegmentDraft;
      readonly reason: SealReason;
      readonly done: () => void;
    };

/**
 * Everything the writer does to the disk, in order and one call at a time; only the slow end of a seal
 * (sync, rename) runs beside the next segment's writes, one seal at a time.
 *
 * - A write that fails is tried again at the same place, with growing pauses, until it succeeds or the
 *   writer closes.
 * - A sync that fails is never tried again on its handle: the segment is sealed through a new one, as suspect,
 *   and the records go on in a new segment. What the sync should have covered stays in the suspect (its
 *   checksums tell what the disk lost); where records are durable by their sync, it is cut off, durably, and
 *   written again to the new segment. A second failure in a row, or one while sealing the suspect, ends in
 *   `failed`.
 * - Where records are durable by their sync, a sync follows as soon as there is nothing to write; what is
 *   committed while one is under way goes with the next.
 */
export class DiskQueue {
  readonly #options: DiskQueueOptions;
  readonly #tasks: Task[] = [];
  readonly #abort = new AbortController();
  readonly #guard: SyncGuard;
  readonly #sealer: Sealer;
  readonly #unsynced: UnsyncedFrames;
  #writeErrors = 0;
  #running: Promise<void> | undefined;
  #isWoken = false;
  #finishing: Promise<void> = Promise.resolve();
  /** The segment that was written to last and is not sealed. */
  #active: SegmentDraft | undefined;
  /** The segment that is being synced and renamed beside it. */
  #ending: SegmentDraft | undefined;
  #writing: FrameBuffer | undefined;
  /** Frames that were cut off and are being written again. */
  #again: readonly FrameBuffer[] = [];
  /** A frame that was not full was written since the last sync. */
  #hasPartial = false;
  #isSyncDue = false;
  #cancelSync: (() => void) | undefined;
  #isStalled = false;
  #isAheadUnlucky = false;

  constructor(options: DiskQueueOptions) {
    const { fs, clock, logger, owner } = options;
    this.#options = options;
    this.#unsynced = new UnsyncedFrames(options.unsyncedBytesMax);
    this.#guard = new SyncGuard(logger, (error) => owner.failed(error));
    this.#sealer = new Sealer({
      fs,
      clock,
      logger,
      guard: this.#guard,
      cutsBack: this.#keepsFrames,
      // It works beside the queue, which alone syncs.
      persist: (write) => this.#persist(write, false),
      signal: this.#abort.signal,
      onSealed: (segment) => owner.sealed(segment),
    });
  }

  get counters(): DiskQueueCounters {
    const { renameErrors, ...sealed } = this.#sealer.counters;
    return { ...sealed, ...this.#guard.counters, writeErrors: this.#writeErrors + renameErrors };
  }

  /** The disk refused the last write; it is being tried again. */
  get isStalled(): boolean {
    return this.#isStalled;
  }

  /** The oldest frame that is not in its file, of those that were given. */
  get oldestUnwritten(): FrameBuffer | undefined {
    if (this.#again.length > 0) return this.#again[0];
    if (this.#writing !== undefined) return this.#writing;
    for (const task of this.#tasks) if (task.kind === "frame") return task.frame;
    return undefined;
  }

  /** Segments that may hold what no sync has covered, oldest first. */
  get unsyncedSegments(): readonly SegmentDraft[] {
    return [this.#ending, this.#active].filter((segment) => segment !== undefined);
  }

  /** Takes a full frame. */
  write(frame: FrameBuffer): void {
    this.#tasks.push({ kind: "frame", frame });
    this.wake();
  }

  /** Closes a segment behind the frames that were given so far; settles when it is sealed, or never can be. */
  seal(segment: SegmentDraft, reason: SealReason): Promise<void> {
    return new Promise((done) => {
      this.#tasks.push({ kind: "seal", segment, reason, done });
      this.wake();
    });
  }

  /** Goes to work, if there is any. */
  wake(): void {
    this.#isWoken = true;
    this.#running ??= this.#run();
  }

  /** Settles when nothing is left to do. After `withinMs` what the disk refuses is given up. */
  async end(withinMs: number): Promise<void> {
    const cancel = this.#options.clock.schedule(withinMs, () => this.#abort.abort());
    this.wake();
    while (this.#running !== undefined) await this.#running;
    await this.#finishing;
    cancel();
    this.#abort.abort();
    this.#cancelSync?.();
  }

  async #run(): Promise<void> {
    // Not in the caller's turn: what it hands over next goes with this.
    await Promise.resolve();
    while (this.#isWoken) {
      this.#isWoken = false;
      while (await this.#step());
    }
    this.#running = undefined;
  }

  /** Does the next thing. @returns false when there is none. */
  async #step(): Promise<boolean> {
    if (this.#isSyncDue || this.#unsynced.isFull) {
      await this.#sync();
      return true;
    }
    const task = this.#tasks.shift() ?? this.#dueFrame();
    if (task?.kind === "frame") await this.#writeFrame(task.frame);
    else if (task?.kind === "seal") await this.#seal(task.segment, task.reason, task.done);
    else if (!this.#unsynced.isEmpty) await this.#sync();
    else return this.#createAhead();
    return true;
  }

  get #keepsFrames(): boolean {
    return this.#options.level.durableWhen === "synced";
  }

  #dueFrame(): Task | undefined {
    // One between two syncs: a trickle of records must not put the sync off for ever.
    if (this.#hasPartial) return undefined;
    const frame = this.#options.owner.takeDueFrame();
    if (frame === undefined) return undefined;
    this.#hasPartial = this.#keepsFrames;
    return { kind: "frame", frame };
  }

  async #createAhead(): Promise<boolean> {
    const segment = this.#options.owner.upcoming;
    if (segment === undefined || segment.hasFile || this.#guard.hasFailed || this.#isAheadUnlucky)
      return false;
    try {
      await this.#createFile(segment);
    } catch (error) {
      // No record waits for it: the first one that does tries again.
      this.#isAheadUnlucky = true;
      this.#options.logger.warn({ code: codeOf(error) }, "spool: cannot make the next segment's file yet");
    }
    return true;
  }

  async #writeFrame(frame: FrameBuffer): Promise<void> {
    const { owner } = this.#options;
    this.#writing = frame;
    const isWritten = await this.#persist(async () => {
      const segment = currentOf(frame.segment!);
      if (segment.birth === undefined) owner.begin(segment);
      if (!segment.hasFile) await this.#createFile(segment);
      await segment.append(frame);
      this.#active = segment;
      this.#isAheadUnlucky = false;
    });
    this.#writing = undefined;
    if (!isWritten) return owner.frameDone(frame, "lost");
    owner.frameWritten(frame, true);
    if (this.#keepsFrames) this.#unsynced.keep(frame);
    else owner.frameDone(frame, "safe");
    this.#planSync();
  }

  async #createFile(segment: SegmentDraft): Promise<void> {
    const { fs } = this.#options;
    await segment.create(fs);
    try {
      await fs.syncDirectory(segment.directory);
    } catch (error) {
      // The name may be lost. Deleted and made again it is a new change, whose sync means something.
      await segment.discard(fs).catch(() => {});
      this.#guard.noteFailure(error);
      throw error;
    }
  }

  #planSync(): void {
    const { clock, level } = this.#options;
    const { syncEveryMs } = level;
    if (syncEveryMs === undefined || this.#cancelSync !== undefined) return;
    this.#cancelSync = clock.schedule(syncEveryMs, () => {
      this.#cancelSync = undefined;
      this.#isSyncDue = true;
      this.wake();
    });
  }

  async #sync(): Promise<void> {
    this.#isSyncDue = false;
    this.#hasPartial = false;
    const segment = this.#active;
    if (segment?.hasUnsynced === true && !this.#guard.hasFailed) {
      if (await this.#guard.sync(segment)) return this.#release("safe");
      if (!this.#guard.hasFailed) return this.#leave(segment);
    }
    if (this.#guard.hasFailed) this.#release("unsafe");
  }

  #release(end: FrameEnd): void {
    for (const frame of this.#unsynced.take()) this.#options.owner.frameDone(frame, end);
  }

  /** Goes on in another segment than this one, whose sync failed. */
  async #leave(segment: SegmentDraft): Promise<void> {
    const { owner } = this.#options;
    segment.successor = owner.successorOf(segment);
    await this.#finishing;
    this.#active = undefined;
    this.#ending = segment;
    await this.#sealer.sealSuspect(segment);
    this.#ending = undefined;
    if (this.#guard.hasFailed) return this.#release("unsafe");
    this.#again = this.#unsynced.take();
    for (const frame of this.#again) owner.frameWritten(frame, false);
    for (const frame of this.#again) await this.#writeFrame(frame);
    this.#again = [];
  }

  async #seal(given: SegmentDraft, reason: SealReason, done: () => void): Promise<void> {
    // Nothing of a segment is left to be written again once its seal is there.
    while (!this.#unsynced.isEmpty) await this.#sync();
    const segment = currentOf(given);
    if (segment.records === 0) {
      if (this.#active === segment) this.#active = undefined;
      await segment.discard(this.#options.fs).catch(() => {});
      return done();
    }
    const isSealed = await this.#persist(() => segment.appendSeal(reason));
    if (this.#active === segment) this.#active = undefined;
    if (!isSealed) {
      await this.#sealer.leaveOpen(segment, "its seal could not be written");
      return done();
    }
    await this.#finishing;
    this.#ending = segment;
    this.#finishing = this.#sealer.finish(segment).then(() => {
      this.#ending = undefined;
      done();
    });
  }

  /** Does `action` until it succeeds. @returns false when the spool failed or closed before. */
  async #persist(action: () => Promise<void>, syncsMeanwhile = true): Promise<boolean> {
    for (let attempt = 1; !this.#guard.hasFailed; attempt++) {
      try {
        await action();
        this.#isStalled = false;
        return true;
      } catch (error) {
        this.#writeErrors += 1;
        this.#isStalled = true;
        if (attempt === 1) {
          this.#options.owner.stalled();
          const fields = { code: codeOf(error), error: messageOf(error) };
          this.#options.logger.error(fields, "spool: the disk refuses a write; trying again");
        }
        // What was written before can be made safe meanwhile.
        if (syncsMeanwhile && !this.#unsynced.isEmpty) await this.#sync();
        if (this.#abort.signal.aborted) return false;
        await sleep(this.#options.clock, retryDelayMs(attempt), this.#abort.signal);
      }
    }
    return false;
  }
}

/** The segment that a frame or a seal for `segment` belongs to now. */
function currentOf(segment: SegmentDraft): SegmentDraft {
  let current = segment;
  while (current.successor !== undefined) current = current.successor;
  return current;
}

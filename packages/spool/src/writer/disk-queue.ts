import { sleep, SewerError, type Clock, type FileSystem, type Logger } from "@sewer/core";
import { codeOf, messageOf } from "../file-access.ts";
import { spoolErrors } from "../errors.ts";
import type { SealReason } from "../writer.ts";
import type { FrameBuffer } from "./frame-buffer.ts";
import type { SegmentDraft } from "./segment-draft.ts";

const retryBaseMs = 10;
const retryCapMs = 1000;
const renameAttempts = 5;
const syncFailuresMax = 2;

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
  frameDone(frame: FrameBuffer, isWritten: boolean): void;
  sealed(segment: SegmentDraft): void;
  failed(error: SewerError): void;
}

/** What a {@link DiskQueue} is made of. */
export interface DiskQueueOptions {
  readonly owner: DiskQueueOwner;
  readonly syncEveryMs: number | undefined;
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly logger: Logger;
}

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
 * - A sync that fails is never tried again on its handle: the segment is sealed as it is through a new one,
 *   as suspect (its records stay readable, their checksums tell what the disk lost), and the records go on
 *   in a new segment. A second failure in a row, or one while sealing the suspect, ends in `failed`.
 */
export class DiskQueue {
  readonly counters = {
    writeErrors: 0,
    syncErrors: 0,
    bytesSynced: 0,
    recordsSynced: 0,
    segmentsSealed: 0,
    recordsSealed: 0,
    segmentsLeftOpen: 0,
  };
  readonly #options: DiskQueueOptions;
  readonly #tasks: Task[] = [];
  readonly #abort = new AbortController();
  #running: Promise<void> | undefined;
  #isWoken = false;
  #finishing: Promise<void> = Promise.resolve();
  /** The segment that was written to last and is not sealed. */
  #active: SegmentDraft | undefined;
  #isSyncDue = false;
  #cancelSync: (() => void) | undefined;
  #syncFailures = 0;
  #isStalled = false;
  #isFailed = false;
  #isAheadUnlucky = false;

  constructor(options: DiskQueueOptions) {
    this.#options = options;
  }

  /** The disk refused the last write; it is being tried again. */
  get isStalled(): boolean {
    return this.#isStalled;
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
    cancel();
    this.#abort.abort();
    this.#cancelSync?.();
    await this.#finishing;
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
    if (this.#isSyncDue) {
      this.#isSyncDue = false;
      await this.#sync();
      return true;
    }
    const task = this.#tasks.shift() ?? this.#dueFrame();
    if (task?.kind === "frame") await this.#writeFrame(task.frame);
    else if (task?.kind === "seal") await this.#seal(task.segment, task.reason, task.done);
    else return this.#createAhead();
    return true;
  }

  #dueFrame(): Task | undefined {
    const frame = this.#options.owner.takeDueFrame();
    return frame === undefined ? undefined : { kind: "frame", frame };
  }

  async #createAhead(): Promise<boolean> {
    const segment = this.#options.owner.upcoming;
    if (segment === undefined || segment.hasFile || this.#isFailed || this.#isAheadUnlucky) return false;
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
    const isWritten = await this.#persist(async () => {
      const segment = currentOf(frame.segment!);
      if (segment.birth === undefined) this.#options.owner.begin(segment);
      if (!segment.hasFile) await this.#createFile(segment);
      await segment.append(frame);
      this.#active = segment;
      this.#isAheadUnlucky = false;
    });
    this.#options.owner.frameDone(frame, isWritten);
    if (isWritten) this.#planSync();
  }

  async #createFile(segment: SegmentDraft): Promise<void> {
    const { fs } = this.#options;
    await segment.create(fs);
    try {
      await fs.syncDirectory(segment.directory);
    } catch (error) {
      // The name may be lost. Deleted and made again it is a new change, whose sync means something.
      await segment.discard(fs).catch(() => {});
      this.#noteSyncFailure(error);
      throw error;
    }
  }

  #planSync(): void {
    const { syncEveryMs, clock } = this.#options;
    if (syncEveryMs === undefined || this.#cancelSync !== undefined) return;
    this.#cancelSync = clock.schedule(syncEveryMs, () => {
      this.#cancelSync = undefined;
      this.#isSyncDue = true;
      this.wake();
    });
  }

  async #sync(): Promise<void> {
    const segment = this.#active;
    if (segment?.hasUnsynced !== true || this.#isFailed) return;
    try {
      await this.#syncSegment(segment);
    } catch (error) {
      this.#noteSyncFailure(error);
      if (this.#isFailed) return;
      this.#active = undefined;
      segment.successor = this.#options.owner.successorOf(segment);
      await this.#finishing;
      await this.#sealSuspect(segment);
    }
  }

  async #syncSegment(segment: SegmentDraft): Promise<void> {
    const covered = await segment.sync();
    this.#syncFailures = 0;
    this.counters.bytesSynced += covered.bytes;
    this.counters.recordsSynced += covered.records;
  }

  async #seal(given: SegmentDraft, reason: SealReason, done: () => void): Promise<void> {
    const segment = currentOf(given);
    if (this.#active === segment) this.#active = undefined;
    if (segment.records === 0) {
      await segment.discard(this.#options.fs).catch(() => {});
      return done();
    }
    const isWritten = await this.#persist(() => segment.appendSeal(reason));
    if (!isWritten) {
      this.#leaveOpen(segment, "its seal could not be written");
      await segment.close().catch(() => {});
      return done();
    }
    await this.#finishing;
    this.#finishing = this.#finish(segment).then(done);
  }

  /** The end of a seal: everything on disk before the name says so. */
  async #finish(segment: SegmentDraft): Promise<void> {
    try {
      await this.#syncSegment(segment);
    } catch (error) {
      this.#noteSyncFailure(error);
      await this.#sealSuspect(segment);
      return;
    }
    await this.#publish(segment);
  }

  async #sealSuspect(segment: SegmentDraft): Promise<void> {
    try {
      await segment.reopen(this.#options.fs);
      await segment.appendSeal("suspect");
      await segment.sync();
    } catch (error) {
      this.#leaveOpen(segment, "it could not be sealed after a failed sync");
      await segment.close().catch(() => {});
      this.#fail(error);
      return;
    }
    await this.#publish(segment);
  }

  async #publish(segment: SegmentDraft): Promise<void> {
    const { fs, clock, logger, owner } = this.#options;
    await segment.close().catch(() => {});
    for (let attempt = 1; ; attempt++) {
      try {
        await fs.rename(segment.openPath, segment.sealedPath);
        break;
      } catch (error) {
        this.counters.writeErrors += 1;
        if (attempt === renameAttempts) return this.#leaveOpen(segment, messageOf(error));
        await sleep(clock, delayMs(attempt), this.#abort.signal);
      }
    }
    // When this fails either name may survive a power cut; the start after it knows both.
    await fs.syncDirectory(segment.directory).catch((error: unknown) => {
      this.counters.syncErrors += 1;
      logger.warn({ batch: segment.batchId, code: codeOf(error) }, "spool: a directory could not be synced");
    });
    this.counters.segmentsSealed += 1;
    this.counters.recordsSealed += segment.records;
    owner.sealed(segment);
  }

  /** Does `action` until it succeeds. @returns false when the spool failed or closed before. */
  async #persist(action: () => Promise<void>): Promise<boolean> {
    for (let attempt = 1; !this.#isFailed; attempt++) {
      try {
        await action();
        this.#isStalled = false;
        return true;
      } catch (error) {
        this.counters.writeErrors += 1;
        this.#isStalled = true;
        if (attempt === 1) {
          const fields = { code: codeOf(error), error: messageOf(error) };
          this.#options.logger.error(fields, "spool: the disk refuses a write; trying again");
        }
        if (this.#abort.signal.aborted) return false;
        await sleep(this.#options.clock, delayMs(attempt), this.#abort.signal);
      }
    }
    return false;
  }

  #leaveOpen(segment: SegmentDraft, why: string): void {
    this.counters.segmentsLeftOpen += 1;
    const fields = { batch: segment.batchId, records: segment.records, why };
    this.#options.logger.error(fields, "spool: a segment stays open; the next start recovers it");
  }

  #noteSyncFailure(error: unknown): void {
    this.counters.syncErrors += 1;
    this.#syncFailures += 1;
    this.#options.logger.error({ code: codeOf(error), error: messageOf(error) }, "spool: a sync failed");
    if (this.#syncFailures >= syncFailuresMax) this.#fail(error);
  }

  #fail(cause: unknown): void {
    if (this.#isFailed) return;
    this.#isFailed = true;
    const message = `the spool takes nothing any more, its disk failed: ${messageOf(cause)}; check the disk, then restart`;
    this.#options.owner.failed(new SewerError(spoolErrors.failed, message, { retry: "permanent", cause }));
  }
}

/** The segment that a frame or a seal for `segment` belongs to now. */
function currentOf(segment: SegmentDraft): SegmentDraft {
  let current = segment;
  while (current.successor !== undefined) current = current.successor;
  return current;
}

function delayMs(attempt: number): number {
  return Math.min(retryCapMs, retryBaseMs * 2 ** Math.min(attempt - 1, 10));
}

import { sleep, type Clock, type FileSystem, type Logger } from "@sewer/core";
import { codeOf, messageOf } from "../file-access.ts";
import { retryDelayMs } from "./retry-delay.ts";
import type { SegmentDraft } from "./segment-draft.ts";
import type { SyncGuard } from "./sync-guard.ts";

const renameAttempts = 5;

/** What a {@link Sealer} is made of. */
export interface SealerOptions {
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly guard: SyncGuard;
  /** A segment whose sync failed is cut back to what is safe, as the rest is written again elsewhere. */
  readonly cutsBack: boolean;
  /** Writes until it succeeds. @returns false when the spool failed or closed before. */
  readonly persist: (write: () => Promise<void>) => Promise<boolean>;
  /** Ends the pauses between attempts. */
  readonly signal: AbortSignal;
  readonly onSealed: (segment: SegmentDraft) => void;
}

/** The end of a segment: everything on disk first, then the name that says so. */
export class Sealer {
  readonly counters = { segmentsSealed: 0, recordsSealed: 0, segmentsLeftOpen: 0, renameErrors: 0 };
  readonly #options: SealerOptions;

  constructor(options: SealerOptions) {
    this.#options = options;
  }

  /** Syncs and renames a segment whose seal is written. */
  async finish(segment: SegmentDraft): Promise<void> {
    if (await this.#options.guard.sync(segment)) await this.#publish(segment);
    else await this.sealSuspect(segment);
  }

  /**
   * Seals a segment whose sync failed, through a new handle: with everything that was written (its checksums
   * tell later what of it the disk lost) and with the length that is known to be safe; or cut back to that. Nothing
   * of this may fail but the write of the seal: a disk that is full is no reason to doubt what it says.
   */
  async sealSuspect(segment: SegmentDraft): Promise<void> {
    const { fs, cutsBack, persist } = this.#options;
    const isReady = await this.#surely(segment, () => (cutsBack ? segment.cutBack(fs) : segment.reopen(fs)));
    if (!isReady) return;
    if (segment.records === 0) {
      await segment.discard(fs).catch(() => {});
      return;
    }
    if (!(await persist(() => segment.appendSeal("suspect")))) {
      return this.leaveOpen(segment, "its seal could not be written");
    }
    if (await this.#surely(segment, () => segment.sync())) await this.#publish(segment);
  }

  /** Does what must not fail after a failed sync. @returns false when it did, and the spool failed with it. */
  async #surely(segment: SegmentDraft, step: () => Promise<unknown>): Promise<boolean> {
    try {
      await step();
      return true;
    } catch (error) {
      await this.leaveOpen(segment, "it could not be sealed after a failed sync");
      this.#options.guard.fail(error);
      return false;
    }
  }

  /** Gives a segment up for this run: the next start finds it as it is and recovers it. */
  async leaveOpen(segment: SegmentDraft, why: string): Promise<void> {
    this.counters.segmentsLeftOpen += 1;
    const fields = { batch: segment.batchId, records: segment.records, why };
    this.#options.logger.error(fields, "spool: a segment stays open; the next start recovers it");
    await segment.close().catch(() => {});
  }

  async #publish(segment: SegmentDraft): Promise<void> {
    const { fs, logger, onSealed } = this.#options;
    await segment.close().catch(() => {});
    if (!(await this.#rename(segment))) return;
    // When this fails either name may survive a power cut; the start after it knows both.
    await fs.syncDirectory(segment.directory).catch((error: unknown) => {
      const fields = { batch: segment.batchId, code: codeOf(error) };
      logger.warn(fields, "spool: the directory of a sealed segment could not be synced");
    });
    this.counters.segmentsSealed += 1;
    this.counters.recordsSealed += segment.records;
    onSealed(segment);
  }

  async #rename(segment: SegmentDraft): Promise<boolean> {
    const { fs, clock, signal } = this.#options;
    for (let attempt = 1; ; attempt++) {
      try {
        await fs.rename(segment.openPath, segment.sealedPath);
        return true;
      } catch (error) {
        this.counters.renameErrors += 1;
        if (attempt === renameAttempts) {
          await this.leaveOpen(segment, messageOf(error));
          return false;
        }
        await sleep(clock, retryDelayMs(attempt), signal);
      }
    }
  }
}

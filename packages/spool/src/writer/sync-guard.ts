import { SewerError, type Logger } from "@sewer/core";
import { spoolErrors } from "../errors.ts";
import { codeOf, messageOf } from "../file-access.ts";
import type { SegmentDraft } from "./segment-draft.ts";

const failuresMax = 2;

/**
 * Knows how the disk's syncs went. One that fails costs its segment; two in a row mean that nothing this disk
 * says can be believed, and the spool fails for good.
 */
export class SyncGuard {
  readonly counters = { syncErrors: 0, bytesSynced: 0, recordsSynced: 0 };
  readonly #logger: Logger;
  readonly #onFailed: (error: SewerError) => void;
  #failuresInARow = 0;
  #hasFailed = false;

  constructor(logger: Logger, onFailed: (error: SewerError) => void) {
    this.#logger = logger;
    this.#onFailed = onFailed;
  }

  /** The spool takes nothing any more. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** Syncs a segment. @returns false when that failed; its handle must not be synced again. */
  async sync(segment: SegmentDraft): Promise<boolean> {
    try {
      const covered = await segment.sync();
      this.#failuresInARow = 0;
      this.counters.bytesSynced += covered.bytes;
      this.counters.recordsSynced += covered.records;
      return true;
    } catch (error) {
      this.noteFailure(error);
      return false;
    }
  }

  /** Counts a failed sync, of a file or of a directory. */
  noteFailure(error: unknown): void {
    this.counters.syncErrors += 1;
    this.#failuresInARow += 1;
    this.#logger.error({ code: codeOf(error), error: messageOf(error) }, "spool: a sync failed");
    if (this.#failuresInARow >= failuresMax) this.fail(error);
  }

  fail(cause: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    const message = `the spool takes nothing any more, its disk failed: ${messageOf(cause)}; check the disk, then restart`;
    this.#onFailed(new SewerError(spoolErrors.failed, message, { retry: "permanent", cause }));
  }
}

import type { Clock, FileSystem, Logger } from "@sewer/core";
import { bytesBelow } from "../disk-usage.ts";
import { codeOf } from "../file-access.ts";

const fullShare = 0.8;
const calmFactor = 6;
const soonMs = 100;

/** What a {@link DiskBudget} is made of. */
export interface DiskBudgetOptions {
  readonly dir: string;
  readonly bytesMax: number;
  readonly measureEveryMs: number;
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called when a measurement found more room than there was. */
  readonly onRoom: () => void;
}

/**
 * How much of `maxBytes` is used: what the last measurement found, and everything committed since it began.
 * Deletions show at the next measurement; what was written while one ran is counted twice until the next, so
 * the figure errs on the careful side.
 */
export class DiskBudget {
  readonly #options: DiskBudgetOptions;
  #measured = 0;
  #appended = 0;
  #isMeasuring = false;
  #isClosed = false;
  #cancel: (() => void) | undefined;

  constructor(options: DiskBudgetOptions) {
    this.#options = options;
  }

  get used(): number {
    return this.#measured + this.#appended;
  }

  hasRoomFor(bytes: number): boolean {
    return this.#measured + this.#appended + bytes <= this.#options.bytesMax;
  }

  append(bytes: number): void {
    this.#appended += bytes;
  }

  /**
   * Measures now, then from time to time.
   *
   * @param bufferedBytes What is committed and not on disk yet, at this moment.
   */
  async measure(bufferedBytes: number): Promise<void> {
    if (this.#isMeasuring || this.#isClosed) return;
    this.#isMeasuring = true;
    const before = this.used;
    const appendedBefore = this.#appended;
    try {
      const found = await bytesBelow(this.#options.fs, this.#options.dir);
      this.#appended += bufferedBytes - appendedBefore;
      this.#measured = found;
    } catch (error) {
      this.#options.logger.warn({ code: codeOf(error) }, "spool: its size could not be measured");
    }
    this.#isMeasuring = false;
    if (this.used < before) this.#options.onRoom();
  }

  /** Calls `measureNow` when the next measurement is due, or soon when `isSoon`. */
  plan(measureNow: () => void, isSoon = false): void {
    const { clock, bytesMax, measureEveryMs } = this.#options;
    this.#cancel?.();
    if (this.#isClosed) return;
    const everyMs = this.used > bytesMax * fullShare ? measureEveryMs : measureEveryMs * calmFactor;
    this.#cancel = clock.schedule(isSoon ? soonMs : everyMs, measureNow);
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
  }
}

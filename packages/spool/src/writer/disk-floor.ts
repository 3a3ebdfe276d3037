import type { Clock, FileSystem, Logger } from "@sewer/core";
import { floorBytesOf } from "../disk-usage.ts";
import { codeOf } from "../file-access.ts";

/** What a {@link DiskFloor} is made of. */
export interface DiskFloorOptions {
  readonly dir: string;
  /** Undefined: 1 GiB, but at most 5 % of the disk. */
  readonly minFreeBytes: number | undefined;
  readonly checkEveryMs: number;
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called when a check found more room than there was. */
  readonly onRoom: () => void;
}

/**
 * Free space that the disk keeps, whoever fills it. Checked from time to time; in between, everything committed
 * since the last check began counts as if it had been written after it, framing left out.
 */
export class DiskFloor {
  readonly #options: DiskFloorOptions;
  /** Bytes of records that may be committed in total before the floor is reached. */
  #ceiling = Infinity;
  #freeBytes: number | undefined;
  #isFailing = false;
  #isClosed = false;
  #cancel: (() => void) | undefined;

  constructor(options: DiskFloorOptions) {
    this.#options = options;
  }

  /** What the last check found; undefined when there was none, or the system does not tell. */
  get freeBytes(): number | undefined {
    return this.#freeBytes;
  }

  /** @param bytes Of all records ever committed, and of the next. */
  hasRoomUpTo(bytes: number): boolean {
    return bytes <= this.#ceiling;
  }

  /**
   * Checks now, and from now on.
   *
   * @param writtenBytes What of all committed bytes is on disk, at the time of each check.
   */
  async watch(writtenBytes: () => number): Promise<void> {
    await this.#check(writtenBytes());
    if (this.#isClosed) return;
    const { clock, checkEveryMs } = this.#options;
    this.#cancel = clock.schedule(checkEveryMs, () => void this.watch(writtenBytes));
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
  }

  async #check(writtenBefore: number): Promise<void> {
    const { fs, dir, minFreeBytes, logger, onRoom } = this.#options;
    const before = this.#ceiling;
    try {
      const { freeBytes, totalBytes } = await fs.space(dir);
      this.#freeBytes = freeBytes;
      this.#ceiling = writtenBefore + freeBytes - floorBytesOf(totalBytes, minFreeBytes);
      this.#isFailing = false;
    } catch (error) {
      // Refusing everything because nobody knows would be worse: a write that fails is handled too.
      this.#ceiling = Infinity;
      this.#freeBytes = undefined;
      if (!this.#isFailing) {
        logger.warn({ code: codeOf(error) }, "spool: the free space of its disk cannot be told");
      }
      this.#isFailing = true;
    }
    if (this.#ceiling > before) onRoom();
  }
}

import type { Clock, FileSystem, Logger } from "@sewer/core";
import { bytesBelow, floorBytesOf } from "../disk-usage.ts";
import type { DropOldestOptions } from "../drain.ts";
import { codeOf } from "../file-access.ts";

// Shares of the budget: the writers must find room before they have used it up.
const beginShare = 15 / 16;
const endShare = 7 / 8;
// Below this share the next measurement can wait.
const fullShare = 0.8;
const calmFactor = 10;
// A measurement looks at every file: it may take this share of the time.
const measureShare = 0.05;

/** What a {@link DiskPressure} is made of. */
export interface DiskPressureOptions {
  readonly dir: string;
  readonly limits: Pick<DropOldestOptions, "maxBytes" | "minFreeBytes" | "checkEveryMs">;
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How far the spool is over what it may take of its disk. */
export class DiskPressure {
  readonly #options: DiskPressureOptions;
  readonly #everyMs: number;
  #nextCheckMs = -Infinity;
  #nextMeasureMs = -Infinity;
  #isFailing = false;

  constructor(options: DiskPressureOptions) {
    this.#options = options;
    this.#everyMs = options.limits.checkEveryMs ?? 1000;
  }

  /** Bytes that have to go; 0 when there is room, or when it was looked at a moment ago. */
  async excess(): Promise<number> {
    const { clock, logger } = this.#options;
    if (clock.monotonic() < this.#nextCheckMs) return 0;
    this.#nextCheckMs = clock.monotonic() + this.#everyMs;
    try {
      const excess = Math.max(await this.#belowFloor(), await this.#overBudget());
      this.#isFailing = false;
      return excess;
    } catch (error) {
      if (!this.#isFailing) logger.warn({ code: codeOf(error) }, "spool: its size could not be measured");
      this.#isFailing = true;
      return 0;
    }
  }

  async #overBudget(): Promise<number> {
    const { fs, dir, clock, limits } = this.#options;
    const beganMs = clock.monotonic();
    if (beganMs < this.#nextMeasureMs) return 0;
    const used = await bytesBelow(fs, dir);
    const endMs = clock.monotonic();
    const everyMs = used > limits.maxBytes * fullShare ? this.#everyMs : this.#everyMs * calmFactor;
    this.#nextMeasureMs = Math.max(beganMs + everyMs, endMs + (endMs - beganMs) / measureShare);
    return used > limits.maxBytes * beginShare ? used - limits.maxBytes * endShare : 0;
  }

  /** The floor is approached when less than a margin is left above it: what is written between two looks. */
  async #belowFloor(): Promise<number> {
    const { fs, dir, limits } = this.#options;
    const { freeBytes, totalBytes } = await fs.space(dir);
    const floor = floorBytesOf(totalBytes, limits.minFreeBytes);
    const margin = Math.max(floor / 4, Math.min(64 * 1024 ** 2, totalBytes / 64));
    return freeBytes < floor + margin ? floor + 2 * margin - freeBytes : 0;
  }
}

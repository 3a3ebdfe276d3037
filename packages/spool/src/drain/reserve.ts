import type { FileSystem, Logger } from "@sewer/core";
import { codeOf, writeFully } from "../file-access.ts";
import { rooms } from "../rooms.ts";

const chunk = Buffer.alloc(256 * 1024);
// Room for a receipt and a journal entry, each in a block of its own, and for what a directory may grow by.
const stepBytes = 16 * 1024;

/** What a {@link Reserve} is made of. */
export interface ReserveOptions {
  readonly dir: string;
  /** 0: no reserve is kept. */
  readonly bytes: number;
  readonly fs: FileSystem;
  readonly logger: Logger;
}

/**
 * A file that is there only to be cut: when the disk is full, acknowledging a batch, which frees its space, must
 * not fail for want of room for a line. It gives up a little at a time, since a writer that waits for room
 * takes all it can get. A file system that compresses keeps nothing for it.
 */
export class Reserve {
  readonly #options: ReserveOptions;
  #isWhole = false;
  #uses = 0;

  constructor(options: ReserveOptions) {
    this.#options = options;
  }

  /** Does `step`; as long as the disk has no room for it, gives up a part of the reserve and does it again. */
  async backing<Result>(step: () => Promise<Result>): Promise<Result> {
    for (;;) {
      try {
        return await step();
      } catch (error) {
        if (codeOf(error) !== "ENOSPC" || !(await this.#giveUp())) throw error;
      }
    }
  }

  /** Fills the file up, if that is needed and the disk has room for twice as much. Never rejects. */
  async make(): Promise<void> {
    const { dir, bytes, fs, logger } = this.#options;
    if (bytes === 0 || this.#isWhole) return;
    try {
      const { freeBytes } = await fs.space(dir);
      if (freeBytes < 2 * bytes) return;
      const usesBefore = this.#uses;
      await this.#fill();
      // Some of it may have been given up meanwhile.
      this.#isWhole = this.#uses === usesBefore;
    } catch (error) {
      logger.warn({ code: codeOf(error) }, "spool: no reserve could be written; trying again later");
    }
  }

  async #fill(): Promise<void> {
    const { dir, bytes, fs } = this.#options;
    const handle = await fs.open(rooms.reserve(dir), "write-or-create");
    try {
      const { size } = await handle.stat();
      for (let position = size; position < bytes; position += chunk.length) {
        await writeFully(handle, chunk.subarray(0, bytes - position), position);
      }
      await handle.datasync();
    } finally {
      await handle.close();
    }
  }

  /** @returns false when nothing of it is left. */
  async #giveUp(): Promise<boolean> {
    const { dir, fs, logger } = this.#options;
    this.#isWhole = false;
    this.#uses += 1;
    try {
      const handle = await fs.open(rooms.reserve(dir), "write");
      try {
        const { size } = await handle.stat();
        if (size === 0) return false;
        await handle.truncate(Math.max(0, size - stepBytes));
        if (this.#uses === 1)
          logger.warn({ dir }, "spool: the disk is full; its reserve is used for receipts");
        return true;
      } finally {
        await handle.close();
      }
    } catch {
      return false;
    }
  }
}

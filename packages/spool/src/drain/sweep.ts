import { join } from "node:path";
import type { BatchOrigin } from "@sewer/core";
import { isIncarnation, parseBatchId } from "../batch-id.ts";
import { codeOf, isMissing, listDirectory, messageOf, unlinkIfThere } from "../file-access.ts";
import type { Lock, LockProvider } from "../lock-provider.ts";
import { batchIdIn, endings, isLockFile, rooms, writerLockName } from "../rooms.ts";
import { acceptSegment } from "./accept.ts";
import type { BatchHead } from "./batch-head.ts";
import type { DrainContext } from "./drain-context.ts";
import { recoverSegment } from "./recover.ts";

// More than the processes that leave batches behind in one run; past it old ones count as recovered.
const originsMax = 10_000;

/** What a {@link Sweep} is made of. */
export interface SweepOptions {
  readonly context: DrainContext;
  readonly locks: LockProvider;
  readonly onAccepted: (head: BatchHead, sinks: readonly string[]) => void;
}

/**
 * Goes through the writers' directories: takes sealed segments, and takes over the directories whose writer
 * is gone. One file or directory that fails never stops the others; it is met again by the next sweep.
 */
export class Sweep {
  readonly #options: SweepOptions;
  /** What failed at the last try, so that it is reported once. */
  readonly #failing = new Set<string>();
  readonly #origins = new Map<string, BatchOrigin>();
  /** Directories that were synced in this run. */
  readonly #durable = new Set<string>();

  constructor(options: SweepOptions) {
    this.#options = options;
  }

  /** Where the batches of an incarnation come from, as far as this run has seen. */
  originOf(incarnation: string): BatchOrigin {
    return this.#origins.get(incarnation) ?? "recovered";
  }

  /**
   * Looks at every directory.
   *
   * @param takeOver What a directory is whose lock is free; undefined: locks are not tried this time.
   */
  async run(takeOver: "recovered" | "adopted" | undefined): Promise<void> {
    const { dir, fs } = this.#options.context;
    for (const incarnation of await listDirectory(fs, rooms.writers(dir))) {
      if (!isIncarnation(incarnation)) continue;
      await this.#attempt(incarnation, () => this.#visit(incarnation, takeOver));
    }
  }

  async #visit(incarnation: string, takeOver: "recovered" | "adopted" | undefined): Promise<void> {
    const { context, locks } = this.#options;
    const directory = rooms.writer(context.dir, incarnation);
    let lock: Lock | undefined;
    try {
      lock = takeOver === undefined ? undefined : locks.acquire(join(directory, writerLockName));
    } catch (error) {
      if (isMissing(error)) return;
      throw error;
    }
    try {
      await this.#makeDurable(incarnation);
      if (lock !== undefined) await this.#takeOver(incarnation, takeOver!);
      else if (!this.#origins.has(incarnation)) this.#remember(incarnation, "fresh");
      await this.#acceptAll(incarnation);
      if (lock !== undefined) await this.#removeIfEmpty(incarnation);
    } finally {
      lock?.release();
    }
  }

  /**
   * A delivery half that died may have unlinked a batch here and not synced that: its name could come back
   * after the batch was delivered from the rooms of its sinks.
   */
  async #makeDurable(incarnation: string): Promise<void> {
    if (this.#durable.has(incarnation)) return;
    const { dir, fs } = this.#options.context;
    try {
      await fs.syncDirectory(rooms.writer(dir, incarnation));
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    this.#durable.add(incarnation);
  }

  async #takeOver(incarnation: string, origin: "recovered" | "adopted"): Promise<void> {
    const { context } = this.#options;
    const directory = rooms.writer(context.dir, incarnation);
    const isKnown = this.#origins.get(incarnation) === origin;
    this.#remember(incarnation, origin);
    if (origin === "adopted" && !isKnown) context.counters.incarnationsAdopted += 1;
    for (const batchId of batchesIn(await listDirectory(context.fs, directory), endings.open)) {
      await this.#attempt(batchId, () => recoverSegment(context, directory, batchId));
    }
  }

  #remember(incarnation: string, origin: BatchOrigin): void {
    this.#origins.set(incarnation, origin);
    const oldest = this.#origins.keys().next();
    if (this.#origins.size > originsMax && oldest.done !== true) this.#origins.delete(oldest.value);
  }

  async #acceptAll(incarnation: string): Promise<void> {
    const { context } = this.#options;
    const directory = rooms.writer(context.dir, incarnation);
    const names = await listDirectory(context.fs, directory);
    const open = new Set(batchesIn(names, endings.open));
    for (const batchId of new Set([...batchesIn(names, endings.sealed), ...this.#acceptingOf(incarnation)])) {
      // Both names are what a power cut can leave of a rename; the old one would bring the batch back.
      if (open.has(batchId)) continue;
      await this.#attempt(batchId, async () => {
        const accepted = await context.reserve.backing(() => acceptSegment(context, directory, batchId));
        if (accepted === undefined) return;
        this.#options.onAccepted(accepted.head, accepted.sinks);
        this.#options.context.accepting.delete(batchId);
      });
    }
  }

  /** Batches of a writer whose acceptance failed; that their name is gone may be all that is not synced yet. */
  #acceptingOf(incarnation: string): string[] {
    const ids = [...this.#options.context.accepting.keys()];
    return ids.filter((id) => parseBatchId(id)?.incarnation === incarnation);
  }

  /** Removes the directory of a writer that is gone, once nothing but its lock is in it, or could come back. */
  async #removeIfEmpty(incarnation: string): Promise<void> {
    if (this.#acceptingOf(incarnation).length > 0) return;
    const { fs, dir } = this.#options.context;
    const directory = rooms.writer(dir, incarnation);
    const names = await listDirectory(fs, directory);
    if (names.some((name) => !isLockFile(name))) return;
    this.#durable.delete(incarnation);
    for (const name of names) await unlinkIfThere(fs, join(directory, name));
    // A writer that made the directory a moment ago may have put its lock there again: then it stays.
    await fs.rmdir(directory).catch((error: unknown) => {
      if (codeOf(error) !== "ENOTEMPTY" && !isMissing(error)) throw error;
    });
  }

  /** @param what A batch or an incarnation. */
  async #attempt(what: string, step: () => Promise<void>): Promise<void> {
    const { counters, heldBack, logger } = this.#options.context;
    if (this.#options.context.isClosed()) return;
    try {
      await step();
      heldBack.delete(what);
      this.#failing.delete(what);
    } catch (error) {
      counters.fileErrors += 1;
      heldBack.add(what);
      if (this.#failing.has(what)) return;
      this.#failing.add(what);
      const fields = { what, code: codeOf(error), error: messageOf(error) };
      logger.error(fields, "spool: a file could not be taken over; it is tried again");
    }
  }
}

function batchesIn(names: readonly string[], ending: string): string[] {
  return names.map((name) => batchIdIn(name, ending)).filter((id) => id !== undefined);
}

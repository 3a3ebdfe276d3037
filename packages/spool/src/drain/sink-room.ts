import { join } from "node:path";
import type { Receipt, SettleableBatch } from "@sewer/core";
import { parseBatchId, startMsOf } from "../batch-id.ts";
import type { SinkStatistics, UndeliveredBatch } from "../drain.ts";
import { codeOf, isMissing, messageOf, unlinkIfThere } from "../file-access.ts";
import { SegmentFile } from "../format/segment-file.ts";
import { endings, rooms } from "../rooms.ts";
import { headOf, type BatchHead } from "./batch-head.ts";
import { isHeldBack, leaveAlone, type DrainContext } from "./drain-context.ts";
import { Journal } from "./journal.ts";
import { older, undeliveredAt, unknownBatch } from "./oldest.ts";
import { isInQuarantine, linkIntoQuarantine, moveFiles, quarantineMove, unlinkMoved } from "./quarantine.ts";
import { RoomAccounts } from "./room-accounts.ts";
import { RoomListing } from "./room-listing.ts";
import { StoredBatch, type BatchRoom } from "./stored-batch.ts";
import { tidyJournals } from "./tidy-journals.ts";
import { tidyTries } from "./try-file.ts";

/** A batch that {@link SinkRoom.fill} has come to. */
interface Found {
  readonly isUncounted: boolean;
  readonly maybeSettled: boolean;
}

/**
 * Everything one sink has to do: `q/<sink>/`. At most `windowMax` batches are held in memory; the others are
 * found in the directory again when there is room for them.
 */
export class SinkRoom implements BatchRoom {
  readonly sink: string;
  readonly directory: string;
  readonly #context: DrainContext;
  readonly #give: (batch: SettleableBatch) => void;
  readonly #window = new Map<string, StoredBatch>();
  readonly #accounts = new RoomAccounts();
  /** Batches met and counted neither here nor there yet, because they could not be read. */
  readonly #uncounted = new Set<string>();
  /** Files that failed at the last try. */
  readonly #failed = new Set<string>();
  /** Batches that are left alone or cannot be read. */
  readonly #unread = new Set<string>();
  /** The oldest of those that the window has no room for. */
  #oldestBeyond: UndeliveredBatch | undefined;
  #isCounted: boolean;
  #hasMore = false;

  /** @param isNew Nothing of it was there at the start. */
  constructor(context: DrainContext, sink: string, give: (batch: SettleableBatch) => void, isNew: boolean) {
    this.#context = context;
    this.sink = sink;
    this.directory = rooms.sink(context.dir, sink);
    this.#give = give;
    this.#isCounted = isNew;
  }

  get statistics(): SinkStatistics {
    let oldestMs: number | undefined;
    for (const { firstMs } of this.#window.values()) oldestMs = Math.min(oldestMs ?? firstMs, firstMs);
    return { ...this.#accounts.totals, oldestMs };
  }

  /** The oldest batch of the room that is not settled; exact but for files that cannot be read. */
  get oldest(): UndeliveredBatch | undefined {
    let oldest = this.#oldestBeyond;
    for (const { id, firstMs, meta } of this.#window.values()) {
      oldest = older(oldest, { batchId: id, firstMs, meta });
    }
    for (const id of this.#unread) oldest = older(oldest, unknownBatch(id));
    return oldest;
  }

  /** There may be batches on disk that the window has room for. */
  get wantsRefill(): boolean {
    return this.#hasMore && this.#window.size <= this.#context.windowMax / 2;
  }

  /** Some files of the room could not be read or deleted; {@link fill} tries again. */
  get hasFailures(): boolean {
    return this.#failed.size > 0;
  }

  pathOf(batchId: string): string {
    return join(this.directory, batchId + endings.sealed);
  }

  /** Takes a batch that was accepted just now. Before the room is counted it will be found there anyway. */
  add(head: BatchHead): void {
    if (!this.#isCounted) return;
    for (const ids of [this.#uncounted, this.#failed, this.#unread]) ids.delete(head.id);
    this.#accounts.take(head);
    this.#offer(head);
  }

  /** Goes through what lies in the room: counts it, the first time, and gives out what the window can hold. */
  async fill(): Promise<void> {
    const isFirst = !this.#isCounted;
    const listing = await this.list();
    if (isFirst) await this.#tidy(listing);
    const maybeSettled = await this.#settling(listing);
    this.#hasMore = false;
    for (const id of listing.ids(endings.sealed)) {
      if (this.#context.isClosed()) return;
      if (this.#window.has(id)) continue;
      const isUncounted = isFirst || this.#uncounted.has(id);
      if (isHeldBack(this.#context, id)) {
        this.#putOff(id, isUncounted);
        continue;
      }
      if (!isUncounted && this.#window.size >= this.#context.windowMax) {
        this.#hasMore = true;
        break;
      }
      await this.#take(id, { isUncounted, maybeSettled: maybeSettled(id) });
    }
    // The first time every batch was looked at, and those beyond the window noted.
    if (!isFirst) this.#oldestBeyond = this.#hasMore ? await this.#findOldestBeyond(listing) : undefined;
    this.#isCounted = true;
    this.#forgetMissing(listing);
  }

  async acknowledge(batch: StoredBatch, receipt: Receipt): Promise<void> {
    const { receipts, reserve } = this.#context;
    const lost = batch.recordCount - (batch.readableCount ?? batch.recordCount);
    const key = { batch: batch.id, sink: this.sink };
    await reserve.backing(() => receipts.append(key, receipt, lost));
    await reserve.backing(() => batch.journal.done(receipt.keepsJournal === true));
    // From here on the batch is delivered, whatever happens to its files.
    await this.#removeDone(batch.id, receipt.keepsJournal === true);
    this.#window.delete(batch.id);
    this.#accounts.deliver(batch, lost);
    this.#context.freed();
  }

  async quarantine(batch: StoredBatch, reason: string): Promise<void> {
    await this.#moveToQuarantine(batch, reason);
    this.#window.delete(batch.id);
    this.#accounts.quarantine(batch);
    this.#context.freed();
  }

  /** What lies here. */
  list(): Promise<RoomListing> {
    return RoomListing.read(this.#context.fs, this.directory);
  }

  /** True when the batch was given out and is not settled. */
  holds(batch: StoredBatch): boolean {
    return this.#window.get(batch.id) === batch;
  }

  /** A batch to be dropped; `gone` when there is nothing left of it, `stays` when it has to wait for a {@link fill}. */
  async find(id: string): Promise<StoredBatch | "gone" | "stays"> {
    const known = this.#window.get(id);
    if (known !== undefined) return known;
    const isPutOff = this.#uncounted.has(id) || this.#unread.has(id) || this.#failed.has(id);
    if (isPutOff || isHeldBack(this.#context, id)) return "stays";
    try {
      if (await this.#isSettled(id)) return "gone";
      const head = await this.#read(id);
      return head === undefined ? "stays" : this.#batchOf(head);
    } catch (error) {
      if (isMissing(error)) return "gone";
      this.#unreadable(id, false, error);
      return "stays";
    }
  }

  /** From the journal, if it noted anything, the sink can tell what its attempts have left at the destination. */
  async drop(batch: StoredBatch): Promise<void> {
    const keepsJournal = (await batch.journal.read()).notes.length > 0;
    await this.#context.reserve.backing(() => batch.journal.done(keepsJournal));
    await this.#removeDone(batch.id, keepsJournal);
    this.#window.delete(batch.id);
    this.#accounts.drop(batch);
    this.#context.freed();
  }

  /** Gives a batch out again that was taken back and could not be dropped. */
  giveBack(batch: StoredBatch): void {
    if (this.holds(batch)) this.#give(batch);
  }

  #offer(head: BatchHead): void {
    if (this.#window.size >= this.#context.windowMax) {
      this.#hasMore = true;
      const { id, firstMs, meta } = head;
      this.#oldestBeyond = older(this.#oldestBeyond, { batchId: id, firstMs, meta });
      return;
    }
    const batch = this.#batchOf(head);
    this.#window.set(head.id, batch);
    this.#give(batch);
  }

  #batchOf(head: BatchHead): StoredBatch {
    const origin = this.#context.originOf(parseBatchId(head.id)!.incarnation);
    return new StoredBatch(this.#context, this, head, origin);
  }

  /** Looks at one batch of the room. One that cannot be read is met again by a later {@link fill}. */
  async #take(id: string, { isUncounted, maybeSettled }: Found): Promise<void> {
    try {
      if (maybeSettled && (await this.#isSettled(id))) return void this.#unread.delete(id);
      const head = await this.#read(id);
      this.#uncounted.delete(id);
      this.#failed.delete(id);
      if (head === undefined) return;
      this.#unread.delete(id);
      if (isUncounted) this.#accounts.take(head);
      this.#offer(head);
    } catch (error) {
      if (!isMissing(error)) this.#unreadable(id, isUncounted, error);
    }
  }

  /**
   * Batches that may be settled, by what lies beside them: a journal, or a second name in quarantine. Listed once,
   * as to ask for each of a large backlog would take twice as long as to read it. Whatever a settling leaves behind
   * later is among the failed.
   */
  async #settling(listing: RoomListing): Promise<(id: string) => boolean> {
    const { fs, dir } = this.#context;
    const quarantine = await RoomListing.read(fs, rooms.quarantineOf(dir, this.sink));
    const isBegun = (id: string): boolean =>
      listing.has(id, endings.journal) || quarantine.has(id, endings.sealed);
    return (id) => isBegun(id) || this.#failed.has(id);
  }

  #forgetMissing(listing: RoomListing): void {
    for (const ids of [this.#failed, this.#unread]) {
      for (const id of ids) if (!listing.has(id, endings.sealed)) ids.delete(id);
    }
  }

  #unreadable(id: string, isUncounted: boolean, error: unknown): void {
    const { counters, logger } = this.#context;
    const isKnown = this.#failed.has(id);
    this.#putOff(id, isUncounted);
    counters.fileErrors += 1;
    if (isKnown) return;
    const fields = { batch: id, sink: this.sink, code: codeOf(error), error: messageOf(error) };
    logger.error(fields, "spool: a batch cannot be read; it is tried again");
  }

  /** A later {@link fill} looks at it. */
  #putOff(id: string, isUncounted: boolean): void {
    if (isUncounted) this.#uncounted.add(id);
    this.#unread.add(id);
    this.#failed.add(id);
  }

  /**
   * The oldest batch that the window has no room for, found without reading them all: the batches of one
   * writer are in the order of their ids, and none is older than its writer's start.
   */
  async #findOldestBeyond(listing: RoomListing): Promise<UndeliveredBatch | undefined> {
    let oldest: UndeliveredBatch | undefined;
    let lastIncarnation = "";
    for (const id of listing.ids(endings.sealed)) {
      // Of those that failed, the ones that cannot be read are remembered, the others are delivered.
      if (this.#window.has(id) || this.#unread.has(id) || this.#failed.has(id)) continue;
      const { incarnation } = parseBatchId(id)!;
      if (incarnation === lastIncarnation || isHeldBack(this.#context, id)) continue;
      // Ids sort by their writer's start: all that follow began later.
      if (oldest !== undefined && startMsOf(incarnation) >= oldest.firstMs) break;
      const found = await undeliveredAt(this.#context, this.pathOf(id), id);
      if (found === undefined) continue;
      lastIncarnation = incarnation;
      oldest = older(oldest, found);
    }
    return oldest;
  }

  /** Finishes what a crash cut short: a batch that is delivered, or on its way to quarantine. */
  async #isSettled(id: string): Promise<boolean> {
    const journal = new Journal(this.#context.fs, this.directory, id);
    const { isDone, isKept } = await journal.read();
    if (isDone) {
      await this.#removeDone(id, isKept);
      this.#context.freed();
      return true;
    }
    const move = quarantineMove(this.#context.dir, this.sink, id);
    if (!(await isInQuarantine(this.#context.fs, move, id + endings.sealed))) return false;
    await moveFiles(this.#context.fs, move);
    return true;
  }

  /** The head of a batch; undefined when it is left alone, or was so damaged that it went to quarantine. */
  async #read(id: string): Promise<BatchHead | undefined> {
    const file = await SegmentFile.open(this.pathOf(id), this.#context.fs, this.#context.buffers);
    try {
      if (file.head.newerVersion !== undefined) {
        leaveAlone(this.#context, this.pathOf(id), file.head.newerVersion);
        this.#unread.add(id);
        return undefined;
      }
      const head = await headOf(file);
      if (typeof head !== "string") return head;
      const batch = { id, recordCount: file.recordCount, bytes: file.bytes };
      await this.#moveToQuarantine(batch, head);
      this.#unread.delete(id);
      this.#accounts.take(batch);
      this.#accounts.quarantine(batch);
      return undefined;
    } finally {
      await file.close();
    }
  }

  /**
   * Unlinks a batch that is done, its journal last, unless the sink still needs that. A failure is nobody's but
   * the disk's: the journal says done, so the batch is never given out again, and the next {@link fill} goes on.
   */
  async #removeDone(id: string, keepsJournal: boolean): Promise<void> {
    const { fs, logger } = this.#context;
    try {
      await unlinkIfThere(fs, this.pathOf(id));
      await fs.syncDirectory(this.directory);
      if (!keepsJournal) await unlinkIfThere(fs, join(this.directory, id + endings.journal));
      this.#failed.delete(id);
    } catch (error) {
      this.#failed.add(id);
      const fields = { batch: id, sink: this.sink, code: codeOf(error) };
      logger.warn(fields, "spool: a batch that is done could not be deleted yet");
    }
  }

  async #moveToQuarantine(batch: { id: string; recordCount: number }, reason: string): Promise<void> {
    const { fs, clock, logger } = this.#context;
    const records = batch.recordCount;
    const about = { batch: batch.id, sink: this.sink, reason, records, time: clock.now() };
    const move = quarantineMove(this.#context.dir, this.sink, batch.id);
    await linkIntoQuarantine(fs, move, about);
    try {
      await unlinkMoved(fs, move);
    } catch (error) {
      // It is in quarantine, by both its names, and never given out again: the next fill goes on.
      this.#failed.add(batch.id);
      logger.warn({ ...about, code: codeOf(error) }, "spool: a quarantined batch could not be unlinked yet");
    }
    logger.error({ batch: batch.id, sink: this.sink, records, reason }, "spool: a batch went to quarantine");
  }

  async #tidy(listing: RoomListing): Promise<void> {
    await tidyJournals(this.#context, this.sink, listing);
    const { fs, logger } = this.#context;
    await tidyTries(fs, this.directory, listing).catch((error: unknown) => {
      const fields = { sink: this.sink, code: codeOf(error) };
      logger.warn(fields, "spool: what was kept of attempts could not be put away");
    });
  }
}

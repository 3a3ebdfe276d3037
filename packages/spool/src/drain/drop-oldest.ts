import { join } from "node:path";
import type { DropOldestOptions } from "../drain.ts";
import { codeOf, listDirectory, messageOf } from "../file-access.ts";
import { endings, rooms } from "../rooms.ts";
import { DiskPressure } from "./disk-pressure.ts";
import type { DrainContext } from "./drain-context.ts";
import { count, noTotals } from "./drain-counters.ts";
import { oldestFirst, type HeldBatch } from "./oldest-first.ts";
import { RoomListing } from "./room-listing.ts";
import type { SinkRoom } from "./sink-room.ts";
import type { StoredBatch } from "./stored-batch.ts";

/** Batches that one turn drops at most: new segments are not looked at meanwhile. */
const turnMax = 64;
const tellEveryMs = 60_000;

/** What a {@link DropOldest} is made of. */
export interface DropOldestParts {
  readonly context: DrainContext;
  readonly options: DropOldestOptions;
  readonly rooms: ReadonlyMap<string, SinkRoom>;
  /** Takes these out of wherever they wait, all or none, at once. */
  readonly withdraw: (batches: readonly StoredBatch[]) => boolean;
}

/**
 * Makes room for new records: deletes the oldest batches, for all of their sinks. What a sink is delivering
 * stays, and so does what may be at its destination already, and what frees nothing because it lies in
 * quarantine, too.
 *
 * The order is that of an acknowledgement: a lost line for each sink, synced; done, synced to the journal;
 * unlink; sync; the journal. A batch that has its line and is not done is still on disk: it is delivered, or
 * dropped again, and the later line replaces the earlier.
 */
export class DropOldest {
  readonly #parts: DropOldestParts;
  readonly #pressure: DiskPressure;
  /** Bytes that the last turn found had to go and did not get to. */
  #owed = 0;
  #untold = noTotals();
  #nextTellMs = -Infinity;

  constructor(parts: DropOldestParts) {
    this.#parts = parts;
    const { dir, fs, clock, logger } = parts.context;
    this.#pressure = new DiskPressure({ dir, limits: parts.options, fs, clock, logger });
  }

  /** Drops what is too much, as far as one turn goes. @returns true when another turn should follow now. */
  async run(): Promise<boolean> {
    const { context } = this.#parts;
    if (this.#owed <= 0) this.#owed = await this.#pressure.excess();
    if (this.#owed <= 0) return false;
    try {
      const isAll = await this.#dropOwed();
      // Whatever is still too much cannot be helped now.
      if (isAll) this.#owed = 0;
    } catch (error) {
      this.#owed = 0;
      context.counters.fileErrors += 1;
      const fields = { code: codeOf(error), error: messageOf(error) };
      context.logger.error(fields, "spool: old batches could not be dropped; trying again");
    }
    this.#tell();
    return this.#owed > 0;
  }

  /** Tells what was dropped since the last line. */
  close(): void {
    this.#nextTellMs = -Infinity;
    this.#tell();
  }

  /** @returns false when the turn has ended before everything that may be dropped was gone through. */
  async #dropOwed(): Promise<boolean> {
    const { context, rooms: sinkRooms } = this.#parts;
    const quarantined = await this.#quarantined();
    const listings = new Map<string, RoomListing>();
    for (const [sink, room] of sinkRooms) listings.set(sink, await room.list());
    let dropped = 0;
    for await (const held of oldestFirst(context, listings)) {
      if (context.isClosed()) return true;
      if (quarantined.some((listing) => listing.has(held.id, endings.sealed))) continue;
      const bytes = await this.#drop(held);
      if (bytes === 0) continue;
      dropped += 1;
      this.#owed -= bytes;
      if (this.#owed <= 0 || dropped >= turnMax) return this.#owed <= 0;
    }
    return true;
  }

  /** @returns the bytes that are free now; 0 when the batch has to stay. */
  async #drop(held: HeldBatch): Promise<number> {
    const { withdraw, context } = this.#parts;
    const batches = await this.#find(held);
    if (batches === undefined) return 0;
    const noted = batches.map((batch) => batch.notesBegun);
    for (const batch of batches) if (await this.#isUndecided(batch)) return 0;
    // From here to the withdrawal nothing else runs: no delivery can begin in between.
    const isSame = batches.every((batch, i) => batch.isReady && batch.notesBegun === noted[i]);
    if (!isSame || !withdraw(batches)) return 0;
    try {
      const lost = batches.map(({ id, sink, recordCount }) => ({ batch: id, sink, lost: recordCount }));
      await context.reserve.backing(() => context.receipts.appendDropped(lost));
      for (const batch of batches) {
        await batch.drop();
        count(this.#untold, batch);
      }
    } catch (error) {
      for (const batch of batches) if (batch.isReady) this.#parts.rooms.get(batch.sink)!.giveBack(batch);
      throw error;
    }
    return batches[0]!.bytes;
  }

  /** The batch for each sink that still has it; undefined when it has to stay for one of them. */
  async #find({ id, sinks }: HeldBatch): Promise<StoredBatch[] | undefined> {
    const batches: StoredBatch[] = [];
    for (const sink of sinks) {
      const found = await this.#parts.rooms.get(sink)!.find(id);
      if (found === "stays") return undefined;
      if (found !== "gone") batches.push(found);
    }
    return batches.length === 0 ? undefined : batches;
  }

  async #isUndecided({ journal, sink }: StoredBatch): Promise<boolean> {
    const { notes } = await journal.read();
    const isUndecided = this.#parts.options.isUndecided ?? (() => true);
    return notes.length > 0 && isUndecided(sink, notes);
  }

  /** Batches that have a name in quarantine: their bytes would stay. */
  async #quarantined(): Promise<RoomListing[]> {
    const { fs, dir } = this.#parts.context;
    const listings: RoomListing[] = [];
    for (const name of await listDirectory(fs, rooms.quarantine(dir))) {
      listings.push(await RoomListing.read(fs, join(rooms.quarantine(dir), name)));
    }
    return listings;
  }

  #tell(): void {
    const { clock, logger, dir } = this.#parts.context;
    const { batches, records, bytes } = this.#untold;
    if (batches === 0 || clock.monotonic() < this.#nextTellMs) return;
    this.#nextTellMs = clock.monotonic() + tellEveryMs;
    this.#untold = noTotals();
    const fields = { dir, batches, records, bytes };
    logger.error(fields, "spool: its disk is full: the oldest batches were dropped undelivered");
  }
}

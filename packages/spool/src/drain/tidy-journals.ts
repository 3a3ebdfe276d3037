import { join } from "node:path";
import { codeOf, inodeOf, unlinkIfThere } from "../file-access.ts";
import { endings, rooms } from "../rooms.ts";
import type { DrainContext } from "./drain-context.ts";
import { Journal } from "./journal.ts";
import { moveFiles, quarantineMove } from "./quarantine.ts";
import type { RoomListing } from "./room-listing.ts";

/**
 * Puts away the journals of a room whose batch is gone: what an acknowledgement or a quarantine had left to do.
 */
export async function tidyJournals(context: DrainContext, sink: string, listing: RoomListing): Promise<void> {
  for (const id of listing.orphans(endings.journal)) {
    try {
      await tidyJournal(context, sink, id);
    } catch (error) {
      const fields = { batch: id, sink, code: codeOf(error) };
      context.logger.warn(fields, "spool: a journal without a batch could not be put away");
    }
  }
}

async function tidyJournal({ fs, dir }: DrainContext, sink: string, id: string): Promise<void> {
  const move = quarantineMove(dir, sink, id);
  if ((await inodeOf(fs, join(move.to, id + endings.sealed))) !== undefined) return moveFiles(fs, move);
  const directory = rooms.sink(dir, sink);
  const journal = new Journal(fs, directory, id);
  const { isDone, isKept } = await journal.read();
  if (!isDone || isKept) return;
  // The segment's name went before; were that not on disk, it could come back without its journal.
  await fs.syncDirectory(directory);
  await unlinkIfThere(fs, journal.path);
}

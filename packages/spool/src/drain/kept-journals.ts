import { join } from "node:path";
import type { BatchJournal } from "@sewer/core";
import { unlinkIfThere } from "../file-access.ts";
import { endings } from "../rooms.ts";
import type { DrainContext } from "./drain-context.ts";
import { Journal } from "./journal.ts";
import { RoomListing } from "./room-listing.ts";

/** Kept journals that are given to a sink at once; the others wait for the next start. */
const keptMax = 10_000;

/** The journals of a room whose batches are delivered and gone, and which their sink has asked to keep. */
export async function keptJournals(context: DrainContext, directory: string): Promise<BatchJournal[]> {
  const listing = await RoomListing.read(context.fs, directory);
  const kept: BatchJournal[] = [];
  for (const id of listing.orphans(endings.journal)) {
    const journal = new Journal(context.fs, directory, id);
    if (!(await journal.read()).isKept) continue;
    kept.push({
      id,
      notes: async () => (await journal.read()).notes,
      endJournal: () => endJournal(context, directory, id),
    });
    if (kept.length === keptMax) break;
  }
  return kept;
}

/** Deletes the journal of a batch that is gone. Came it back after a power cut, its sink would get it again. */
export async function endJournal(context: DrainContext, directory: string, id: string): Promise<boolean> {
  // The directory may belong to another process by now.
  if (context.isClosed()) return false;
  const work = unlinkIfThere(context.fs, join(directory, id + endings.journal));
  context.underWay.add(work);
  try {
    await work;
    return true;
  } finally {
    context.underWay.delete(work);
  }
}

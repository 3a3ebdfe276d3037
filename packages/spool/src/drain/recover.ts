import { join } from "node:path";
import type { FileSystem } from "@sewer/core";
import { inodeOf, unlinkIfThere, writeFully } from "../file-access.ts";
import { saltOf } from "../format/crc.ts";
import { frameHeaderBytes } from "../format/frame.ts";
import { encodeSeal } from "../format/seal.ts";
import { SegmentFile } from "../format/segment-file.ts";
import { endings } from "../rooms.ts";
import { leaveAlone, type DrainContext } from "./drain-context.ts";
import { quarantineUnusable } from "./unusable.ts";

/**
 * Seals what a writer left open when it ended. Every whole frame stays, also behind a hole; a torn end is
 * cut. Every step may be cut short by a crash and is simply done again. The directory's lock must be held.
 */
export async function recoverSegment(
  context: DrainContext,
  directory: string,
  batchId: string,
): Promise<void> {
  const { fs, counters } = context;
  const name = batchId + endings.open;
  const twin = await sealedTwin(fs, directory, batchId);
  if (twin === "same") return void (await unlinkIfThere(fs, join(directory, name)));
  const file = await SegmentFile.open(join(directory, name), fs, context.buffers);
  try {
    if (twin === "other") {
      const reason = "a sealed segment of the same name lies beside it";
      return await quarantineUnusable(context, { directory, name, batchId, reason, file });
    }
    if (file.head.newerVersion !== undefined) {
      return leaveAlone(context, join(directory, name), file.head.newerVersion);
    }
    if (file.head.seal === undefined) {
      const end = await endOfFrames(file);
      const records = file.tally?.records ?? 0;
      counters.badFrames += file.damage.filter(({ position }) => position < end).length;
      if (records === 0 && (await isBlank(context, join(directory, name), file))) {
        await unlinkIfThere(fs, join(directory, name));
        return;
      }
      if (records === 0 || file.meta === undefined) {
        const reason = records === 0 ? "no frame of it can be read" : "no copy of its meta can be read";
        return await quarantineUnusable(context, { directory, name, batchId, reason, file });
      }
      if (file.bytes > end) counters.tornTails += 1;
      await appendSeal(fs, join(directory, name), file, end);
    } else {
      await writeAgain(context, join(directory, name));
    }
  } finally {
    await file.close();
  }
  await fs.rename(join(directory, name), join(directory, batchId + endings.sealed));
  await fs.syncDirectory(directory);
  counters.segmentsRecovered += 1;
}

/** Both names at once are what an unsynced rename can leave; two files of one name are nothing we make. */
async function sealedTwin(
  fs: FileSystem,
  directory: string,
  batchId: string,
): Promise<"none" | "same" | "other"> {
  const sealed = await inodeOf(fs, join(directory, batchId + endings.sealed));
  if (sealed === undefined) return "none";
  return sealed === (await inodeOf(fs, join(directory, batchId + endings.open))) ? "same" : "other";
}

/** Where the last whole frame ends. */
async function endOfFrames(file: SegmentFile): Promise<number> {
  let end = 0;
  for await (const frame of file.frames()) end = frame.position + frameHeaderBytes + frame.payload.length;
  return end;
}

async function appendSeal(fs: FileSystem, path: string, file: SegmentFile, end: number): Promise<void> {
  const tally = file.tally!;
  const firstMs = file.createdMs ?? 0;
  const seal = encodeSeal(
    {
      reason: "recovered",
      recordCount: file.recordCount,
      payloadBytes: tally.payloadBytes,
      firstMs,
      lastMs: firstMs + tally.ageMs,
      frameCount: tally.frames,
      chain: tally.chain,
      syncedBytes: end,
      meta: file.meta!,
    },
    saltOf(file.batchId),
  );
  const handle = await fs.open(path, "write");
  try {
    await handle.truncate(end);
    await writeFully(handle, seal, end);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

/**
 * Writes a file over itself and syncs it. A seal under the old name is what somebody left who was cut off before
 * the sync, or whose sync failed: that marked its pages clean, so that another sync alone would succeed and prove
 * nothing (fsyncgate). Whoever did it may have died since; the pages are still in the cache.
 */
async function writeAgain({ fs, buffers }: DrainContext, path: string): Promise<void> {
  const handle = await fs.open(path, "write");
  const buffer = buffers.take();
  try {
    let position = 0;
    for (;;) {
      const read = await handle.read(buffer, position);
      if (read === 0) break;
      await writeFully(handle, buffer.subarray(0, read), position);
      position += read;
    }
    await handle.datasync();
  } finally {
    buffers.give(buffer);
    await handle.close();
  }
}

/** True when a segment without frames holds nothing but its own beginning, or zeros. */
async function isBlank(context: DrainContext, path: string, file: SegmentFile): Promise<boolean> {
  const handle = await context.fs.open(path, "read");
  const buffer = context.buffers.take();
  try {
    let position = file.head.header === undefined ? 0 : Math.min(file.head.framesFrom, file.bytes);
    while (position < file.bytes) {
      const read = await handle.read(buffer, position);
      if (read === 0) break;
      if (buffer.subarray(0, read).some((byte) => byte !== 0)) return false;
      position += read;
    }
    return true;
  } finally {
    context.buffers.give(buffer);
    await handle.close();
  }
}

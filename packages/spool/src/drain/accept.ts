import { join } from "node:path";
import { ensureDirectory, inodeOf, linkOnce, messageOf, unlinkIfThere } from "../file-access.ts";
import { SegmentFile } from "../format/segment-file.ts";
import { endings, isSinkName, rooms } from "../rooms.ts";
import { headOf, type BatchHead } from "./batch-head.ts";
import { leaveAlone, type DrainContext } from "./drain-context.ts";
import { quarantineUnusable } from "./unusable.ts";

/**
 * Takes a sealed segment from its writer's directory into the room of every sink that its meta names: links,
 * sync of the rooms, unlink from `w/`, sync. Only then may anything of it be delivered, else a power cut
 * could bring a delivered segment back. A crash in between is completed by doing it again.
 *
 * @returns the batch and its sinks, or undefined when the file was no use or was left alone.
 */
export async function acceptSegment(
  context: DrainContext,
  directory: string,
  batchId: string,
): Promise<{ readonly head: BatchHead; readonly sinks: readonly string[] } | undefined> {
  const name = batchId + endings.sealed;
  const path = join(directory, name);
  const begun = context.accepting.get(batchId);
  if (begun !== undefined && (await inodeOf(context.fs, path)) === undefined) {
    await endAcceptance(context, directory, batchId);
    return begun;
  }
  const file = await SegmentFile.open(path, context.fs, context.buffers);
  try {
    if (file.head.newerVersion !== undefined) {
      leaveAlone(context, path, file.head.newerVersion);
      return undefined;
    }
    const head = await headOf(file);
    if (typeof head === "string") {
      await quarantineUnusable(context, { directory, name, batchId, reason: head, file });
      return undefined;
    }
    const sinks = sinksIn(context, head.meta);
    if (typeof sinks === "string") {
      await quarantineUnusable(context, { directory, name, batchId, reason: sinks, file });
      return undefined;
    }
    context.heldBack.add(batchId);
    context.accepting.set(batchId, { head, sinks });
    if (!(await linkIntoRooms(context, path, name, sinks))) {
      const reason = "the room of a sink holds another file of this name";
      await quarantineUnusable(context, { directory, name, batchId, reason, file });
      context.heldBack.delete(batchId);
      context.accepting.delete(batchId);
      return undefined;
    }
    await unlinkIfThere(context.fs, path);
    await endAcceptance(context, directory, batchId);
    return { head, sinks };
  } finally {
    await file.close();
  }
}

/** Makes it durable that the name in `w/` is gone. */
async function endAcceptance(context: DrainContext, directory: string, batchId: string): Promise<void> {
  await context.fs.syncDirectory(directory);
  context.heldBack.delete(batchId);
}

async function linkIntoRooms(
  context: DrainContext,
  path: string,
  name: string,
  sinks: readonly string[],
): Promise<boolean> {
  const { fs, dir } = context;
  for (const sink of sinks) {
    await ensureDirectory(fs, rooms.sink(dir, sink));
    if (!(await linkOnce(fs, path, join(rooms.sink(dir, sink), name)))) return false;
  }
  for (const sink of sinks) await fs.syncDirectory(rooms.sink(dir, sink));
  return true;
}

/** The sinks that a meta names, or why they cannot be told. */
function sinksIn(context: DrainContext, meta: Buffer): readonly string[] | string {
  try {
    const sinks = [...new Set(context.sinksOf(meta))];
    if (sinks.length === 0) return "its meta names no sink";
    const bad = sinks.find((sink) => !isSinkName(sink));
    return bad === undefined ? sinks : `its meta names a sink that no directory can be named after`;
  } catch (error) {
    return `its meta cannot be used: ${messageOf(error)}`;
  }
}

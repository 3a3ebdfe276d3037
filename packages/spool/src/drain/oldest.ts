import { join } from "node:path";
import { SewerError } from "@sewer/core";
import { isIncarnation, parseBatchId, startMsOf } from "../batch-id.ts";
import type { UndeliveredBatch } from "../drain.ts";
import { spoolErrors } from "../errors.ts";
import { isMissing, listDirectory, messageOf } from "../file-access.ts";
import { SegmentFile } from "../format/segment-file.ts";
import { batchIdIn, endings, rooms } from "../rooms.ts";
import type { DrainContext } from "./drain-context.ts";

/** The older one. */
export function older(one: UndeliveredBatch | undefined, other: UndeliveredBatch): UndeliveredBatch {
  return one === undefined || other.firstMs < one.firstMs ? other : one;
}

/** A batch that cannot be read: none of its records is older than its writer's start. */
export function unknownBatch(batchId: string): UndeliveredBatch {
  return { batchId, firstMs: startMsOf(parseBatchId(batchId)!.incarnation), meta: undefined };
}

/** The oldest batch of each sink. */
export class OldestBySink {
  readonly #bySink = new Map<string, UndeliveredBatch>();
  #ofAll: UndeliveredBatch | undefined;

  /** @param sinks Undefined when it cannot be told for whom the batch is. */
  add(batch: UndeliveredBatch, sinks: readonly string[] | undefined): void {
    if (sinks === undefined) this.#ofAll = older(this.#ofAll, batch);
    for (const sink of sinks ?? []) this.#bySink.set(sink, older(this.#bySink.get(sink), batch));
  }

  /** The oldest of each of these sinks; those that have everything are missing. */
  of(sinks: readonly string[]): Map<string, UndeliveredBatch> {
    const result = new Map<string, UndeliveredBatch>();
    for (const sink of sinks) {
      const own = this.#bySink.get(sink);
      const oldest = this.#ofAll === undefined ? own : older(own, this.#ofAll);
      if (oldest !== undefined) result.set(sink, oldest);
    }
    return result;
  }
}

/**
 * What lies in the writers' directories, open or sealed, and what its writer has not put there yet. Of each
 * writer only the first batch is read: the others began later.
 *
 * @param begun What writers of this process have begun, as of before the call.
 */
export async function lookThroughWriters(
  context: DrainContext,
  begun: readonly UndeliveredBatch[],
  oldest: OldestBySink,
): Promise<void> {
  const known = new Map(begun.map((batch) => [batch.batchId, batch]));
  // Those of which there is no file: it is made later, or was taken over a moment ago.
  for (const batch of begun) oldest.add(batch, sinksOf(context, batch.meta));
  for (const incarnation of await list(context, rooms.writers(context.dir))) {
    if (!isIncarnation(incarnation)) continue;
    const directory = rooms.writer(context.dir, incarnation);
    for (const name of await list(context, directory)) {
      const id = batchIdIn(name, endings.open) ?? batchIdIn(name, endings.sealed);
      if (id === undefined) continue;
      const batch = known.get(id) ?? (await foundIn(context, directory, id));
      if (batch === undefined) continue;
      oldest.add(batch, sinksOf(context, batch.meta));
      break;
    }
  }
}

/** Looks at a batch under both of its names in a writer's directory; it may be renamed meanwhile. */
async function foundIn(
  context: DrainContext,
  directory: string,
  id: string,
): Promise<UndeliveredBatch | undefined> {
  const open = await undeliveredAt(context, join(directory, id + endings.open), id);
  return open ?? undeliveredAt(context, join(directory, id + endings.sealed), id);
}

/** The batch that a file holds; undefined when there is no such file (any more), or nothing in it yet. */
export async function undeliveredAt(
  { fs, buffers }: DrainContext,
  path: string,
  batchId: string,
): Promise<UndeliveredBatch | undefined> {
  try {
    const file = await SegmentFile.open(path, fs, buffers);
    const { createdMs: firstMs, meta, bytes } = file;
    await file.close();
    if (bytes === 0) return undefined;
    return firstMs === undefined ? unknownBatch(batchId) : { batchId, firstMs, meta };
  } catch (error) {
    return isMissing(error) ? undefined : unknownBatch(batchId);
  }
}

function sinksOf(context: DrainContext, meta: Buffer | undefined): readonly string[] | undefined {
  try {
    return meta === undefined ? undefined : context.sinksOf(meta);
  } catch {
    // Whoever takes it over says what is wrong with it.
    return undefined;
  }
}

async function list({ fs }: DrainContext, path: string): Promise<string[]> {
  try {
    return await listDirectory(fs, path);
  } catch (cause) {
    const message = `${path} cannot be read: ${messageOf(cause)}; check its permissions and the disk`;
    throw new SewerError(spoolErrors.unreadable, message, { context: { path }, cause });
  }
}

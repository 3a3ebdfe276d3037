import type { SegmentFile } from "../format/segment-file.ts";
import { rooms, spoolQuarantine } from "../rooms.ts";
import type { DrainContext } from "./drain-context.ts";
import { count } from "./drain-counters.ts";
import { moveToQuarantine } from "./quarantine.ts";

/** A file of `w/` that no sink can be given. */
export interface UnusableFile {
  readonly directory: string;
  readonly name: string;
  readonly batchId: string;
  readonly reason: string;
  readonly file: SegmentFile;
}

/** Moves a damaged file of `w/` to `quarantine/_spool/` and counts what it holds. */
export async function quarantineUnusable(context: DrainContext, unusable: UnusableFile): Promise<void> {
  const { directory, name, batchId, reason, file } = unusable;
  const records = file.recordCount;
  const move = {
    from: directory,
    to: rooms.quarantineOf(context.dir, spoolQuarantine),
    files: [name],
  } as const;
  const time = context.clock.now();
  await moveToQuarantine(context.fs, move, { batch: batchId, sink: spoolQuarantine, reason, records, time });
  count(context.counters.unusable, { recordCount: records, bytes: file.bytes });
  const fields = { batch: batchId, records, reason };
  context.logger.error(fields, "spool: a segment cannot be delivered; it is in quarantine/_spool");
}

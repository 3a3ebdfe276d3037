import { join } from "node:path";
import { SewerError, type FileSystem } from "@sewer/core";
import { TryFile } from "../drain/try-file.ts";
import { spoolErrors } from "../errors.ts";
import { messageOf } from "../file-access.ts";
import { endings, rooms } from "../rooms.ts";

/**
 * What the delivery half has kept of the attempts at a batch that waits for a sink: the bytes that it gave to
 * `saveRetry`. Takes no lock and may run beside a running server.
 *
 * @returns undefined when nothing was kept, or nothing that verifies.
 * @throws SewerError `SEWER_SPOOL_UNREADABLE`.
 */
export async function readAttempts(
  dir: string,
  batch: { readonly sink: string; readonly batchId: string },
  { fs }: { readonly fs: FileSystem },
): Promise<Uint8Array | undefined> {
  const room = rooms.sink(dir, batch.sink);
  try {
    return await new TryFile(fs, room, batch.batchId).read();
  } catch (cause) {
    const path = join(room, batch.batchId + endings.try);
    const message = `${path} cannot be read: ${messageOf(cause)}; check its permissions and the disk`;
    throw new SewerError(spoolErrors.unreadable, message, { context: { path }, cause });
  }
}

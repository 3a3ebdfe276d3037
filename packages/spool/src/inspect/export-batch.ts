import { basename, dirname, join } from "node:path";
import { SewerError, type FileHandle, type FileSystem } from "@sewer/core";
import { spoolErrors } from "../errors.ts";
import { codeOf, inodeOf, messageOf, unlinkIfThere, writeFully } from "../file-access.ts";
import { batchIdIn, endings } from "../rooms.ts";

const chunkBytes = 1024 * 1024;

/** What {@link exportBatch} needs. */
export interface ExportOptions {
  readonly fs: FileSystem;
  /** Ends the copying, which then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Copies a segment out of a spool, under its own name, into a directory that exists. The copy has its name
 * only once it is whole and synced. The original stays; no lock is taken. Of a segment that is still written
 * to, what is in the file now is copied.
 *
 * @param path A `.seal` or `.open` file, as {@link InspectedBatch.path} names it.
 * @returns the path of the copy.
 * @throws SewerError `SEWER_SPOOL_NOT_A_SEGMENT` when the name is no segment's, `SEWER_SPOOL_EXPORT` when it
 * cannot be copied, or the destination has a file of this name.
 */
export async function exportBatch(path: string, directory: string, options: ExportOptions): Promise<string> {
  const { fs, signal } = options;
  const name = basename(path);
  // By the name alone: a lock file must not even be opened.
  if ((batchIdIn(name, endings.sealed) ?? batchIdIn(name, endings.open)) === undefined) {
    const message = `${path} is no segment: segments are named after their batch, .seal or .open`;
    throw new SewerError(spoolErrors.notASegment, message, { retry: "permanent", context: { path } });
  }
  const target = join(directory, name);
  const part = join(directory, `.${name}.part`);
  try {
    if ((await inodeOf(fs, target)) !== undefined) throw new Error("there is a file of this name");
    await unlinkIfThere(fs, part);
    await copy({ fs, from: path, to: part, signal });
    await fs.rename(part, target);
    await fs.syncDirectory(dirname(target));
    return target;
  } catch (cause) {
    signal?.throwIfAborted();
    const message = `${path} cannot be copied to ${target}: ${messageOf(cause)}`;
    throw new SewerError(spoolErrors.exportFailed, message, {
      context: { path, target, cause: codeOf(cause) },
      cause,
    });
  }
}

interface Copy {
  readonly fs: FileSystem;
  readonly from: string;
  readonly to: string;
  readonly signal: AbortSignal | undefined;
}

async function copy({ fs, from, to, signal }: Copy): Promise<void> {
  const source = await fs.open(from, "read");
  try {
    const target = await fs.open(to, "create-new");
    try {
      await copyBytes(source, target, signal);
      await target.datasync();
    } catch (error) {
      await unlinkIfThere(fs, to).catch(() => false);
      throw error;
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function copyBytes(
  source: FileHandle,
  target: FileHandle,
  signal: AbortSignal | undefined,
): Promise<void> {
  const buffer = Buffer.allocUnsafeSlow(chunkBytes);
  for (let position = 0; ;) {
    signal?.throwIfAborted();
    const read = await source.read(buffer, position);
    if (read === 0) return;
    await writeFully(target, buffer.subarray(0, read), position);
    position += read;
  }
}

import { join } from "node:path";
import type { FileHandle, FileSystem } from "@sewer/core";
import { isMissing, readFully } from "../file-access.ts";
import { endings } from "../rooms.ts";

/** A reason holds a message of a sink; longer than this it is cut. */
const bytesMax = 64 * 1024;

/** Why a batch is in quarantine, as `<batch>.reason` says; undefined when nothing readable says so. */
export async function readReason(
  fs: FileSystem,
  directory: string,
  batchId: string,
): Promise<string | undefined> {
  let handle: FileHandle;
  try {
    handle = await fs.open(join(directory, batchId + endings.reason), "read");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    const bytes = Buffer.alloc(Math.min((await handle.stat()).size, bytesMax));
    return reasonIn(bytes.toString("utf8", 0, await readFully(handle, bytes, 0)));
  } finally {
    await handle.close();
  }
}

function reasonIn(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || !("reason" in value)) return undefined;
    return typeof value.reason === "string" ? value.reason : undefined;
  } catch {
    // Torn by a crash; the batch is there all the same.
    return undefined;
  }
}

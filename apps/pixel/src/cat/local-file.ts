import { createReadStream } from "node:fs";
import { SewerError } from "@sewer/core";
import { pixelErrors } from "../errors.ts";
import { reasonOf } from "./cat-error.ts";

const chunkBytes = 256 * 1024;

/**
 * The chunks of a local file.
 *
 * @throws SewerError `SEWER_CAT_UNREADABLE`.
 */
export async function* readLocalFile(path: string): AsyncGenerator<Buffer, void, undefined> {
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes })) yield chunk as Buffer;
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const reason = isMissing ? "there is no such file" : `it cannot be read: ${reasonOf(cause)}`;
    throw new SewerError(pixelErrors.catUnreadable, reason, { retry: "permanent", cause });
  }
}

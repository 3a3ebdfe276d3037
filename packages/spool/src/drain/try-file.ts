/**
 * What the delivery half keeps of the attempts at one batch for one sink: `q/<sink>/<batch>.try`, little-endian:
 *
 * ```
 *  0  4  magic "SWT1"
 *  4  4  length of the bytes that follow
 *  8  4  CRC-32 of bytes 0 to 7 and of the content, from the salt of the batch and the sink's name
 * 12  n  the content
 * ```
 *
 * It is advice. So it is replaced by a rename and never synced: a power cut may leave an old one, none, or one
 * that does not verify, which counts as none.
 */
import { basename, join } from "node:path";
import type { FileHandle, FileSystem } from "@sewer/core";
import { isMissing, readFully, unlinkIfThere, writeFully } from "../file-access.ts";
import { crc, saltOfSink } from "../format/crc.ts";
import { endings } from "../rooms.ts";
import type { RoomListing } from "./room-listing.ts";

const headerBytes = 12;
const magic = Buffer.from("SWT1", "latin1").readUInt32LE(0);

/** Longest content. */
export const tryBytesMax = 8 * 1024;

/** One `.try` file. */
export class TryFile {
  readonly #fs: FileSystem;
  readonly #path: string;
  readonly #newPath: string;
  readonly #salt: number;
  #mayBeThere = false;
  /** One write at a time: the newest stays. */
  #writing: Promise<void> = Promise.resolve();

  /** @param directory The room of a sink, named after it. */
  constructor(fs: FileSystem, directory: string, batchId: string) {
    this.#fs = fs;
    this.#path = join(directory, batchId + endings.try);
    this.#newPath = join(directory, batchId + endings.newTry);
    this.#salt = saltOfSink(basename(directory), batchId);
  }

  /** The content; undefined when there is none that verifies. */
  async read(): Promise<Uint8Array | undefined> {
    let handle: FileHandle;
    try {
      handle = await this.#fs.open(this.#path, "read");
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    this.#mayBeThere = true;
    try {
      const file = Buffer.alloc(headerBytes + tryBytesMax);
      return this.#parse(file.subarray(0, await readFully(handle, file, 0)));
    } finally {
      await handle.close();
    }
  }

  /** Replaces the content. */
  async write(content: Uint8Array): Promise<void> {
    if (content.length > tryBytesMax) throw new Error(`${content.length} bytes are over ${tryBytesMax}`);
    this.#mayBeThere = true;
    const write = this.#writing.then(() => this.#replace(content));
    this.#writing = write.catch(() => {});
    await write;
  }

  /** Deletes it, if it was written or read before. */
  async remove(): Promise<void> {
    if (!this.#mayBeThere) return;
    await this.#writing;
    await unlinkIfThere(this.#fs, this.#path);
  }

  async #replace(content: Uint8Array): Promise<void> {
    const handle = await this.#fs.open(this.#newPath, "write-or-create");
    try {
      const bytes = this.#bytesOf(content);
      await writeFully(handle, bytes, 0);
      await handle.truncate(bytes.length);
    } finally {
      await handle.close();
    }
    await this.#fs.rename(this.#newPath, this.#path);
  }

  #bytesOf(content: Uint8Array): Buffer {
    const bytes = Buffer.alloc(headerBytes + content.length);
    bytes.writeUInt32LE(magic, 0);
    bytes.writeUInt32LE(content.length, 4);
    bytes.writeUInt32LE(crc(content, crc(bytes.subarray(0, 8), this.#salt)), 8);
    bytes.set(content, headerBytes);
    return bytes;
  }

  #parse(file: Buffer): Uint8Array | undefined {
    if (file.length < headerBytes || file.readUInt32LE(0) !== magic) return undefined;
    const content = file.subarray(headerBytes);
    if (content.length !== file.readUInt32LE(4)) return undefined;
    const sum = crc(content, crc(file.subarray(0, 8), this.#salt));
    return sum === file.readUInt32LE(8) ? content : undefined;
  }
}

/** Deletes what a room keeps of attempts at batches that are gone, and what writes that were cut short have left. */
export async function tidyTries(fs: FileSystem, directory: string, listing: RoomListing): Promise<void> {
  for (const id of listing.orphans(endings.try)) await unlinkIfThere(fs, join(directory, id + endings.try));
  for (const id of listing.ids(endings.newTry)) await unlinkIfThere(fs, join(directory, id + endings.newTry));
}

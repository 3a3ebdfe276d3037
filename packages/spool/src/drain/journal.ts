/**
 * What one sink remembers of one batch: `q/<sink>/<batch>.jnl`, entries one after the other, little-endian:
 *
 * ```
 *  0  4  magic "SWJ1"
 *  4  4  length of the bytes that follow the entry's header
 *  8  4  type: 1 a note of the sink, 2 done (the sink has the batch; the note is empty, or one byte 1 when the
 *        journal is kept after that)
 * 12  4  CRC-32 of bytes 0 to 11 and of the note, from the salt of the batch and the sink's name
 * 16  n  the note
 * ```
 *
 * The sink's name, because a stale block may hold what another sink has noted of the same batch: its "done"
 * would cost this sink the batch.
 */
import { basename, join } from "node:path";
import type { FileHandle, FileSystem } from "@sewer/core";
import { isMissing, readFully } from "../file-access.ts";
import { crc, saltOfSink } from "../format/crc.ts";
import { endings } from "../rooms.ts";
import { AppendFile } from "./append-file.ts";

const headerBytes = 16;
const magic = Buffer.from("SWJ1", "latin1").readUInt32LE(0);
const types = { note: 1, done: 2 } as const;

/** Longest note of a sink. */
export const noteBytesMax = 64 * 1024;
/** Longest journal; a sink that reaches it has noted far more than any protocol needs. */
export const journalBytesMax = 16 * 1024 * 1024;

/** What a journal holds. */
export interface JournalContent {
  readonly notes: readonly Uint8Array[];
  /** The sink has the batch: it is never delivered again. */
  readonly isDone: boolean;
  /** It is done, and the sink has something left to clean up. */
  readonly isKept: boolean;
  /** Length of the whole entries. */
  readonly bytes: number;
}

/** One journal. */
export class Journal {
  readonly path: string;
  readonly #fs: FileSystem;
  readonly #salt: number;
  readonly #file: AppendFile;

  /** @param directory The room of a sink, named after it. */
  constructor(fs: FileSystem, directory: string, batchId: string) {
    this.path = join(directory, batchId + endings.journal);
    this.#fs = fs;
    this.#salt = saltOfSink(basename(directory), batchId);
    this.#file = new AppendFile(
      fs,
      this.path,
      async (handle, bytes) => (await this.#load(handle, bytes)).bytes,
    );
  }

  /** Everything noted so far; a torn last entry counts as not written. */
  async read(): Promise<JournalContent> {
    let handle: FileHandle;
    try {
      handle = await this.#fs.open(this.path, "read");
    } catch (error) {
      if (isMissing(error)) return { notes: [], isDone: false, isKept: false, bytes: 0 };
      throw error;
    }
    try {
      return await this.#load(handle, (await handle.stat()).size);
    } finally {
      await handle.close();
    }
  }

  /** Appends a note; settles once it is on disk. */
  async note(bytes: Uint8Array): Promise<void> {
    if (bytes.length > noteBytesMax)
      throw new Error(`a note of ${bytes.length} bytes is over ${noteBytesMax}`);
    await this.#file.append(this.#entry(types.note, bytes), journalBytesMax);
  }

  /** Notes that the sink has the batch, and whether this journal outlives it. */
  async done(isKept = false): Promise<void> {
    await this.#file.append(this.#entry(types.done, isKept ? Uint8Array.of(1) : new Uint8Array()));
  }

  #entry(type: number, note: Uint8Array): Buffer {
    const entry = Buffer.alloc(headerBytes + note.length);
    entry.writeUInt32LE(magic, 0);
    entry.writeUInt32LE(note.length, 4);
    entry.writeUInt32LE(type, 8);
    entry.set(note, headerBytes);
    entry.writeUInt32LE(crc(note, crc(entry.subarray(0, 12), this.#salt)), 12);
    return entry;
  }

  async #load(handle: FileHandle, bytes: number): Promise<JournalContent> {
    const content = Buffer.alloc(Math.min(bytes, journalBytesMax + headerBytes));
    return this.#parse(content.subarray(0, await readFully(handle, content, 0)));
  }

  #parse(content: Buffer): JournalContent {
    const notes: Uint8Array[] = [];
    let isDone = false;
    let isKept = false;
    let position = 0;
    while (position + headerBytes <= content.length && content.readUInt32LE(position) === magic) {
      const end = position + headerBytes + content.readUInt32LE(position + 4);
      const note = content.subarray(position + headerBytes, end);
      const sum = crc(note, crc(content.subarray(position, position + 12), this.#salt));
      if (end > content.length || sum !== content.readUInt32LE(position + 12)) break;
      const type = content.readUInt32LE(position + 8);
      if (type === types.note) notes.push(note);
      isDone ||= type === types.done;
      if (type === types.done) isKept = note[0] === 1;
      position = end;
    }
    return { notes, isDone, isKept, bytes: position };
  }
}

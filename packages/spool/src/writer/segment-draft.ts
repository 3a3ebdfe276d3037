import { join } from "node:path";
import type { FileHandle, FileSystem } from "@sewer/core";
import { codeOf, unlinkIfThere, writeFully } from "../file-access.ts";
import { saltOf } from "../format/crc.ts";
import { encodeFrameHeader, extendChain, frameHeaderBytes, frameTypes } from "../format/frame.ts";
import { encodePreamble, preambleBytes } from "../format/header.ts";
import { encodeSeal, sealFrameBytes } from "../format/seal.ts";
import { endings } from "../rooms.ts";
import type { SealReason } from "../writer.ts";
import type { FrameBuffer } from "./frame-buffer.ts";

/** What a segment gets with its first record. */
export interface SegmentBirth {
  readonly createdMs: number;
  readonly meta: Buffer;
}

/** How far a segment's file has come. */
interface Extent {
  readonly bytes: number;
  readonly records: number;
  readonly frames: number;
  readonly payloadBytes: number;
  readonly lastMs: number;
  readonly chain: number;
}

/**
 * A segment on its way from an empty file to a sealed one. Its positions move only after a write that took
 * every byte, so a write that failed is simply done again at the same place.
 */
export class SegmentDraft {
  readonly batchId: string;
  readonly directory: string;
  /** Bytes of the file as committed so far, written or not: what rolling by size looks at. */
  bytesPlanned = 0;
  birth: SegmentBirth | undefined;
  /** The segment that takes the frames which did not make it into this one. */
  successor: SegmentDraft | undefined;

  readonly #salt: number;
  #handle: FileHandle | undefined;
  #position = 0;
  #records = 0;
  #frames = 0;
  #payloadBytes = 0;
  #lastMs = 0;
  #chain: number;
  #sealAt: number | undefined;
  /** What the last sync covered. */
  #synced: Extent;
  #unsyncedSinceMs: number | undefined;

  constructor(directory: string, batchId: string) {
    this.directory = directory;
    this.batchId = batchId;
    this.#salt = saltOf(batchId);
    this.#chain = this.#salt;
    this.#synced = this.#extent();
  }

  get openPath(): string {
    return join(this.directory, this.batchId + endings.open);
  }

  get sealedPath(): string {
    return join(this.directory, this.batchId + endings.sealed);
  }

  get hasFile(): boolean {
    return this.#handle !== undefined;
  }

  /** Records written. */
  get records(): number {
    return this.#records;
  }

  get hasUnsynced(): boolean {
    return this.#position > this.#synced.bytes;
  }

  /** Bytes of the file that no sync has covered. */
  get unsyncedBytes(): number {
    return this.#position - this.#synced.bytes;
  }

  /** Records that no sync has covered. */
  get unsyncedRecords(): number {
    return this.#records - this.#synced.records;
  }

  /** Monotonic milliseconds of the oldest of them. */
  get unsyncedSinceMs(): number | undefined {
    return this.unsyncedRecords > 0 ? this.#unsyncedSinceMs : undefined;
  }

  /** Sets what the first record decides. */
  begin(birth: SegmentBirth): void {
    this.birth = birth;
    this.bytesPlanned = preambleBytes(birth.meta.length) + sealFrameBytes(birth.meta.length);
  }

  /** Makes the empty file. Its name is durable only after a sync of the directory. */
  async create(fs: FileSystem): Promise<void> {
    try {
      this.#handle = await fs.open(this.openPath, "create-new");
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
      // Left by an attempt whose directory sync failed; nobody else writes in this directory.
      this.#handle = await fs.open(this.openPath, "write");
      await this.#handle.truncate(0);
    }
  }

  /** Deletes the file; for one that holds no record. */
  async discard(fs: FileSystem): Promise<void> {
    await this.#closeHandle();
    await unlinkIfThere(fs, this.openPath);
  }

  /** Appends a frame, and header and meta before the first one. */
  async append(frame: FrameBuffer): Promise<void> {
    const { createdMs, meta } = this.birth!;
    if (this.#position === 0) await this.#write(encodePreamble(this.batchId, createdMs, meta));
    const bytes = frame.buffer.subarray(0, frame.position);
    const { recordCount } = frame;
    const fields = { recordCount, firstIndex: this.#records, type: frameTypes.records };
    encodeFrameHeader(bytes, { ...fields, ageMs: frame.lastMs - createdMs }, this.#salt);
    await this.#write(bytes);
    if (this.unsyncedRecords === 0) this.#unsyncedSinceMs = frame.sinceMs;
    this.#records += recordCount;
    this.#frames += 1;
    this.#payloadBytes += bytes.length - frameHeaderBytes;
    this.#lastMs = Math.max(createdMs, frame.lastMs);
    this.#chain = extendChain(this.#chain, bytes.readUInt32LE(24), bytes.readUInt32LE(28));
  }

  /** Appends the seal; after a seal that is not safe on disk, writes over it. */
  async appendSeal(reason: SealReason): Promise<void> {
    this.#sealAt ??= this.#position;
    this.#position = this.#sealAt;
    const { createdMs, meta } = this.birth!;
    const seal = encodeSeal(
      {
        reason,
        recordCount: this.#records,
        payloadBytes: this.#payloadBytes,
        firstMs: createdMs,
        lastMs: this.#lastMs,
        frameCount: this.#frames,
        chain: this.#chain,
        syncedBytes: reason === "suspect" ? this.#synced.bytes : this.#sealAt,
        meta,
      },
      this.#salt,
    );
    await this.#write(seal);
  }

  /** Syncs everything written so far. @returns the bytes and records that were not synced before. */
  async sync(): Promise<{ readonly bytes: number; readonly records: number }> {
    const covered = this.#extent();
    await this.#handle!.datasync();
    const before = this.#synced;
    this.#synced = covered;
    return { bytes: covered.bytes - before.bytes, records: covered.records - before.records };
  }

  /**
   * Closes the file whose sync failed and opens it anew: the failure marked its pages clean, so that another
   * sync on the old handle would succeed and prove nothing (fsyncgate).
   */
  async reopen(fs: FileSystem): Promise<void> {
    await this.#closeHandle().catch(() => {});
    this.#handle = await fs.open(this.openPath, "write");
  }

  /**
   * Cuts off what the last good sync did not cover, durably, through a new handle: it may come again in
   * another segment only when it cannot come up in this one.
   */
  async cutBack(fs: FileSystem): Promise<void> {
    await this.reopen(fs);
    const { bytes, records, frames, payloadBytes, lastMs, chain } = this.#synced;
    await this.#handle!.truncate(bytes);
    await this.#handle!.datasync();
    this.#position = bytes;
    this.#records = records;
    this.#frames = frames;
    this.#payloadBytes = payloadBytes;
    this.#lastMs = lastMs;
    this.#chain = chain;
  }

  /** Closes the sealed file. */
  close(): Promise<void> {
    return this.#closeHandle();
  }

  #extent(): Extent {
    return {
      bytes: this.#position,
      records: this.#records,
      frames: this.#frames,
      payloadBytes: this.#payloadBytes,
      lastMs: this.#lastMs,
      chain: this.#chain,
    };
  }

  async #write(bytes: Buffer): Promise<void> {
    await writeFully(this.#handle!, bytes, this.#position);
    this.#position += bytes.length;
  }

  async #closeHandle(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }
}

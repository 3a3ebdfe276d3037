import { strict as assert } from "node:assert";
import * as fs from "node:fs";
import { unlink } from "node:fs/promises";
import { crc32 } from "node:zlib";

const bufferBytes = 256 * 1024;
const buffersMax = 64;
const crcBytes = 4;

/** What a {@link BareLog} does beyond writing. */
export interface BareLogOptions {
  /** What a buffer begins with is filled in: the CRC-32 of the rest. */
  readonly isChecked: boolean;
  /** What is there is written and synced as soon as the last sync is over, which is group commit. */
  readonly isSynced: boolean;
}

/**
 * The least that a log of records can be: copied into pooled buffers, handed to `fs.write` when one is full. No
 * counters, no errors survived. Its buffers are made when they are needed, as the spool's are: a round uses
 * a few, and the garbage of all of them cost it as much as its appends.
 */
export class BareLog {
  readonly #path: string;
  readonly #fd: number;
  readonly #options: BareLogOptions;
  readonly #pool: Buffer<ArrayBuffer>[] = [];
  #made = 0;
  #buffer: Buffer<ArrayBuffer> | undefined;
  #used = crcBytes;
  #position = 0;
  #isBusy = false;
  #underWay = 0;

  private constructor(path: string, fd: number, options: BareLogOptions) {
    this.#path = path;
    this.#fd = fd;
    this.#options = options;
  }

  static async open(path: string, options: BareLogOptions): Promise<BareLog> {
    return new BareLog(path, fs.openSync(path, "w"), options);
  }

  /** @returns false while no buffer is free. */
  append(record: Buffer): boolean {
    if (this.#buffer !== undefined && this.#used + 4 + record.length > bufferBytes) this.#write();
    this.#buffer ??= this.#pool.pop() ?? this.#make();
    if (this.#buffer === undefined) return false;
    this.#buffer.writeUInt32LE(record.length, this.#used);
    record.copy(this.#buffer, this.#used + 4);
    this.#used += 4 + record.length;
    if (this.#options.isSynced && !this.#isBusy) {
      this.#isBusy = true;
      // After what arrives in this turn of the event loop, as group commit wants it.
      setImmediate(() => this.#group());
    }
    return true;
  }

  /** Writes what is left and deletes the file. */
  async close(): Promise<void> {
    this.#write();
    while (this.#underWay > 0 || this.#isBusy) await new Promise((resolve) => setTimeout(resolve, 1));
    fs.closeSync(this.#fd);
    await unlink(this.#path);
  }

  #make(): Buffer<ArrayBuffer> | undefined {
    if (this.#made === buffersMax) return undefined;
    this.#made += 1;
    return Buffer.allocUnsafeSlow(bufferBytes);
  }

  #group(): void {
    if (this.#buffer === undefined && this.#underWay === 0) {
      this.#isBusy = false;
      return;
    }
    this.#write(() => fs.fdatasync(this.#fd, (error) => this.#synced(error)));
  }

  #synced(error: Error | null): void {
    assert.ifError(error);
    this.#group();
  }

  #write(then?: () => void): void {
    const buffer = this.#buffer;
    const length = this.#used;
    this.#buffer = undefined;
    this.#used = crcBytes;
    if (buffer === undefined) return then?.();
    this.#underWay += 1;
    if (this.#options.isChecked) buffer.writeUInt32LE(crc32(buffer.subarray(crcBytes, length)), 0);
    fs.write(this.#fd, buffer, 0, length, this.#position, (error, written) => {
      assert.ifError(error);
      assert.equal(written, length);
      this.#underWay -= 1;
      this.#pool.push(buffer);
      then?.();
    });
    this.#position += length;
  }
}

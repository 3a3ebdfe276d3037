import { strict as assert } from "node:assert";
import * as fs from "node:fs";
import { unlink } from "node:fs/promises";

const bufferBytes = 256 * 1024;
const buffersMax = 64;

/**
 * The least that a log of records can be: copied into pooled buffers, handed to `fs.write` when one is full. No
 * checksum, no counters, no errors survived. With `isSynced` what is there is written and synced as soon as the
 * last sync is over, which is group commit.
 */
export class BareLog {
  readonly #path: string;
  readonly #fd: number;
  readonly #isSynced: boolean;
  readonly #pool = Array.from({ length: buffersMax }, () => Buffer.allocUnsafeSlow(bufferBytes));
  #buffer: Buffer<ArrayBuffer> | undefined;
  #used = 0;
  #position = 0;
  #isBusy = false;
  #underWay = 0;

  private constructor(path: string, fd: number, isSynced: boolean) {
    this.#path = path;
    this.#fd = fd;
    this.#isSynced = isSynced;
  }

  static async open(path: string, isSynced: boolean): Promise<BareLog> {
    return new BareLog(path, fs.openSync(path, "w"), isSynced);
  }

  /** @returns false while no buffer is free. */
  append(record: Buffer): boolean {
    if (this.#buffer !== undefined && this.#used + 4 + record.length > bufferBytes) this.#write();
    this.#buffer ??= this.#pool.pop();
    if (this.#buffer === undefined) return false;
    this.#buffer.writeUInt32LE(record.length, this.#used);
    record.copy(this.#buffer, this.#used + 4);
    this.#used += 4 + record.length;
    if (this.#isSynced && !this.#isBusy) {
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
    this.#used = 0;
    if (buffer === undefined) return then?.();
    this.#underWay += 1;
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

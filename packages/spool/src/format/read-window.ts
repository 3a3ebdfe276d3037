import type { FileHandle } from "@sewer/core";
import { readFully } from "../file-access.ts";

/** Buffers for reading segments, used again: at most `kept` wait for their next reader. */
export class ReadBuffers {
  readonly #bytes: number;
  readonly #kept: number;
  readonly #free: Buffer[] = [];

  constructor(bytes = 1024 * 1024, kept = 4) {
    this.#bytes = bytes;
    this.#kept = kept;
  }

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#bytes);
  }

  give(buffer: Buffer): void {
    if (this.#free.length < this.#kept) this.#free.push(buffer);
  }
}

/**
 * The one pool of this process: what it keeps does not grow with the flows, and a mapping of 1 MiB costs more than
 * reading a small segment.
 */
export const readBuffers = new ReadBuffers();

/** A buffer that slides over a file, mostly forwards; it grows only for a frame that is larger than itself. */
export class ReadWindow {
  readonly #handle: FileHandle;
  #buffer: Buffer;
  #start = 0;
  #length = 0;

  constructor(handle: FileHandle, buffer: Buffer) {
    this.#handle = handle;
    this.#buffer = buffer;
  }

  /** The `length` bytes from `position`, fewer at the end of the file. Valid until the next call. */
  async load(position: number, length: number): Promise<Buffer> {
    const offset = position - this.#start;
    if (offset >= 0 && offset + length <= this.#length) return this.#buffer.subarray(offset, offset + length);
    this.#moveTo(position, length);
    const target = this.#buffer.subarray(this.#length);
    this.#length += await readFully(this.#handle, target, position + this.#length);
    return this.#buffer.subarray(0, Math.min(length, this.#length));
  }

  /** Puts what is known of `position` at the front of a buffer with room for `length`. */
  #moveTo(position: number, length: number): void {
    const offset = position - this.#start;
    const old = this.#buffer;
    if (length > old.length) this.#buffer = Buffer.allocUnsafeSlow(length);
    const isKnown = offset >= 0 && offset < this.#length;
    if (isKnown) old.copy(this.#buffer, 0, offset, this.#length);
    this.#length = isKnown ? this.#length - offset : 0;
    this.#start = position;
  }
}

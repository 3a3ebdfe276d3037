import { ByteReader, dataViewOf } from "./byte-reader.ts";
import type { WritableType } from "./writables/writable-type.ts";

/**
 * Part of a buffer. A Buffer of it is made only when it is asked for: that costs as much as decoding a short text.
 * What one buffer holds shares one DataView of it, for the same reason.
 */
export class ByteSlice {
  readonly #buffer: Buffer;
  readonly #view: DataView;
  readonly #start: number;
  readonly #end: number;

  constructor(buffer: Buffer, view: DataView, start: number, end: number) {
    this.#buffer = buffer;
    this.#view = view;
    this.#start = start;
    this.#end = end;
  }

  /** All of a buffer. */
  static of(buffer: Buffer): ByteSlice {
    return new ByteSlice(buffer, dataViewOf(buffer), 0, buffer.length);
  }

  /** Part of it, from `start` to `end`. */
  slice(start: number, end: number): ByteSlice {
    return new ByteSlice(this.#buffer, this.#view, this.#start + start, this.#start + end);
  }

  /** Its bytes. */
  bytes(): Buffer {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  /** All of it as one value. @throws WritableError as `type` does; `trailingBytes` when bytes are left behind it. */
  decode<Value>(type: WritableType<Value, never>): Value {
    const source = new ByteReader(this.#buffer, this.#start, this.#end, this.#view);
    const value = type.decode(source);
    source.requireEnd(`a ${type.className}`);
    return value;
  }
}

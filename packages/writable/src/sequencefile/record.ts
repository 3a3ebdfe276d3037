import { ByteSlice } from "../byte-slice.ts";
import type { WritableType } from "../writables/writable-type.ts";

const nothing = ByteSlice.of(Buffer.alloc(0));

/** One record of a SequenceFile, in memory that its reader does not use again. */
export class SequenceFileRecord {
  readonly #key: ByteSlice;
  readonly #value: ByteSlice;

  /** Made by the reader. */
  constructor(key: ByteSlice, value: ByteSlice = nothing) {
    this.#key = key;
    this.#value = value;
  }

  /** The serialized key, as a view that is made anew each time. */
  get key(): Buffer {
    return this.#key.bytes();
  }

  /** The serialized value, as {@link key} is. Empty for a reader with `keysOnly`. */
  get value(): Buffer {
    return this.#value.bytes();
  }

  /**
   * The key as one of `type`, such as `text` or a schema's `type`. Faster than decoding {@link key}.
   *
   * @throws WritableError as the type does; `trailingBytes` when bytes are left behind it.
   */
  decodeKey<Value>(type: WritableType<Value, never>): Value {
    return this.#key.decode(type);
  }

  /** The value, as {@link decodeKey} does it. */
  decodeValue<Value>(type: WritableType<Value, never>): Value {
    return this.#value.decode(type);
  }
}

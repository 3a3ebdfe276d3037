import type { ByteReader } from "./byte-reader.ts";
import type { AnyWritableType } from "./writables/writable-type.ts";

/** A field whose value is decoded when it is asked for. */
interface ViewedField {
  readonly name: string;
  readonly codec: AnyWritableType;
}

/**
 * Reads objects with a getter for each field. Where the fields lie is found out at once, so everything that is wrong
 * is found then, too; what they hold is decoded each time a getter is called.
 */
export function viewReader(fields: readonly ViewedField[]): (source: ByteReader) => object {
  class View {
    readonly #source: ByteReader;
    /** Where each field begins, and the last one ends. */
    readonly #starts: readonly number[];

    constructor(source: ByteReader) {
      const starts: number[] = [];
      for (const { codec } of fields) {
        starts.push(source.offset);
        if (codec.skip === undefined) codec.decode(source);
        else codec.skip(source);
      }
      starts.push(source.offset);
      this.#source = source;
      this.#starts = starts;
    }

    static {
      for (const [index, { name, codec }] of fields.entries()) {
        const get = function (this: View): unknown {
          return codec.decode(this.#source.slice(this.#starts[index]!, this.#starts[index + 1]!));
        };
        Object.defineProperty(this.prototype, name, { get });
      }
    }
  }
  return (source) => new View(source);
}

import type { ByteReader } from "../byte-reader.ts";
import type { ByteWriter } from "../byte-writer.ts";

/**
 * One kind of Writable: how its values become bytes and back. `Value` is what decoding gives, `Input` what
 * encoding takes.
 */
export interface WritableType<Value, Input = Value> {
  /** The name in a schema's JSON: `VLong`, `Text` ... */
  readonly name: string;
  /** The Java class, e.g. `org.apache.hadoop.io.Text`. */
  readonly className: string;
  /** True for what {@link nullable} made. */
  readonly nullable: boolean;
  /** What stands in a SequenceFile for null. Undefined where nothing can: such a type is never nullable. */
  readonly empty: Value | undefined;
  /** Appends the value's bytes. @throws RangeError or TypeError for a value that is not of this type. */
  encode(this: void, target: ByteWriter, value: Input): void;
  /** Reads one value. @throws WritableError when the bytes are none. */
  decode(this: void, source: ByteReader): Value;
}

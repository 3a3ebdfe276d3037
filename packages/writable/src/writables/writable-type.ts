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
  /** Passes over one value. Given where that takes less than decoding it, and fails exactly where that does. */
  skip?(this: void, source: ByteReader): void;
  /** The order of `compareTo`: negative, 0, positive. Undefined where the Java class has none. */
  compare?(this: void, left: Input, right: Input): number;
  /** Java's `hashCode`. Undefined where the Java class has none that depends on the value alone. */
  hash?(this: void, value: Input): number;
  /**
   * Java expression for an instance to read into; undefined: `new ClassName()`. `javaSource` copies it, so it is for
   * program text, never for input.
   */
  readonly javaInstance?: string;
}

/** Any type, where it is only known that the value beside it fits. */
export type AnyWritableType = WritableType<unknown, never>;

/**
 * One record: serialized key and value, as views into memory that the reader does not use again. The value is
 * empty for a reader with `keysOnly`.
 */
export interface SequenceFileRecord {
  readonly key: Buffer;
  readonly value: Buffer;
}

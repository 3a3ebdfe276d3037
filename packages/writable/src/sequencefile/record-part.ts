import type { ByteWriter } from "../byte-writer.ts";
import { encodedBy } from "../shared-writer.ts";
import { encodeInstance, type WritableInstance } from "../writables/instance.ts";

/** A key or a value that is written: its bytes, or what becomes them, such as `instanceOf(vlong, 1)`. */
export type RecordPart = Uint8Array | WritableInstance;

const int32Max = 0x7fffffff;

/** Writes it where it will stand. */
export function writePart(target: ByteWriter, part: RecordPart): void {
  if (part instanceof Uint8Array) target.bytes(part);
  else encodeInstance(target, part);
}

/** Its bytes, to be compressed. */
export function bytesOfPart(part: RecordPart): Uint8Array {
  return part instanceof Uint8Array ? part : encodedBy((target) => encodeInstance(target, part));
}

/** @throws RangeError when key and value together have more bytes than a record can have. */
export function requireRecordBytes(bytes: number): void {
  if (bytes > int32Max) throw new RangeError("a record has at most 2^31 - 1 bytes");
}

import { ByteWriter } from "./byte-writer.ts";

/** One large value is no reason to hold so much memory for ever. */
const capacityKept = 64 * 1024;

let spare: ByteWriter | undefined;

/**
 * What `write` writes, in a buffer of its own. The writer below is used again and again: memory of its own for each
 * record would cost more than filling it.
 */
export function encodedBy(write: (target: ByteWriter) => void): Buffer {
  const target = spare ?? new ByteWriter(1024);
  // An encoder may encode something else meanwhile.
  spare = undefined;
  try {
    write(target);
    return target.copy();
  } finally {
    target.clear();
    if (target.capacity <= capacityKept) spare = target;
  }
}

import { GrowingBuffer } from "./growing-buffer.ts";
import { ParseCursor } from "./parse-cursor.ts";

/** The bytes of a head that has not come whole, copied out of the read buffer, and where its parse stands. */
export class PartialHead {
  readonly cursor = new ParseCursor();
  readonly input: GrowingBuffer;

  /**
   * @param cursor where the parse of `source` stopped.
   * @param source holds the head's bytes so far: `[start, end)`.
   */
  constructor(cursor: ParseCursor, source: Buffer, start: number, end: number) {
    this.input = new GrowingBuffer(end - start);
    this.input.append(source, start, end);
    this.cursor.copyFrom(cursor, start);
  }

  /** What has come so far. */
  get bytes(): Buffer {
    return this.input.bytes.subarray(0, this.input.length);
  }
}

import { writeText } from "./copy-bytes.ts";
import type { FieldNames } from "./field-names.ts";
import type { RequestHead } from "./request-head.ts";

/** Bytes of an int32: the number of headers, the length of a body. */
export const int32Bytes = 4;
const vintBytesMax = 5;

/** Which part of a request an extended record holds. */
export interface ExtendedRecordOptions {
  /** The field names that the parser notes. */
  readonly names: FieldNames;
  /** Those of them to record, in any case. */
  readonly headers: readonly string[];
  readonly isBodyRecorded: boolean;
}

/**
 * What schema `access-log-extended` has behind the fields of `access-log` (docs/formats/record.md):
 *
 *   method         Text, as sent
 *   headers        int32 n, then n pairs of Text: name in lower case, value; in the order of the head
 *   body           BytesWritable: int32 length, bytes; flag bit 4 when null
 */
export class ExtendedRecord {
  readonly isBodyRecorded: boolean;
  readonly #names: FieldNames;
  /** 1 for each number of a field to record. */
  readonly #isRecorded = new Uint8Array(256);

  constructor({ names, headers, isBodyRecorded }: ExtendedRecordOptions) {
    this.#names = names;
    this.isBodyRecorded = isBodyRecorded;
    for (const header of headers) this.#isRecorded[names.numberOf(header)] = 1;
  }

  /** The most bytes of it, without the bytes of a body. */
  bytesMax(head: RequestHead): number {
    // A noted field may stand in the record's first part too, so the head counts once more.
    return head.end - head.start + head.notedCount * 2 * vintBytesMax + vintBytesMax + 2 * int32Bytes;
  }

  /** True when the body of this request is recorded: one that is framed, also when it is empty. */
  hasBody(head: RequestHead): boolean {
    return this.isBodyRecorded && head.contentLengthCount + head.transferEncodingCount > 0;
  }

  /** Writes it, with a body of no bytes. @returns the position behind it. */
  // oxlint-disable-next-line max-params -- as the encoder's other functions
  write(head: RequestHead, source: Buffer, target: Buffer, offset: number): number {
    const { noted, notedCount } = head;
    const countAt = writeText(target, offset, source, head.start, head.methodEnd);
    let position = countAt + int32Bytes;
    let count = 0;
    for (let index = 0; index < notedCount; index += 1) {
      const field = noted[3 * index]!;
      if (this.#isRecorded[field] === 0) continue;
      const name = this.#names.names[field]!;
      position = writeText(target, position, name, 0, name.length);
      position = writeText(target, position, source, noted[3 * index + 1]!, noted[3 * index + 2]!);
      count += 1;
    }
    target.writeInt32BE(count, countAt);
    return target.writeInt32BE(0, position);
  }
}

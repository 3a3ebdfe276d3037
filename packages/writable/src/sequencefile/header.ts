import { ByteWriter } from "../byte-writer.ts";

/** How a SequenceFile's records are compressed: not at all, each value, or many records at a time. */
export type SequenceFileCompression = "none" | "record" | "block";

/** What stands before the records. */
export interface SequenceFileHeader {
  /** 1 to 6. */
  readonly version: number;
  /** Java class of the keys, a binary name (`Outer$Inner`). */
  readonly keyClass: string;
  /** Java class of the values. */
  readonly valueClass: string;
  readonly compression: SequenceFileCompression;
  /** Java class of the codec; undefined for compression `none`. */
  readonly codecClass: string | undefined;
  /** Empty before version 6. */
  readonly metadata: ReadonlyMap<string, string>;
  /** 16 bytes. Undefined in version 1, which has no syncs. */
  readonly syncMarker: Buffer | undefined;
}

/** What a writer needs to know of a header. */
export interface WrittenHeader extends Omit<SequenceFileHeader, "version"> {
  readonly syncMarker: Buffer;
}

/** The version that is written: Hadoop 0.11 and later. */
export const sequenceFileVersion = 6;

/** The header's bytes. Metadata is sorted by the UTF-8 bytes of its names, as in Hadoop. */
export function encodeHeader(header: WrittenHeader): Buffer {
  const target = new ByteWriter();
  target.bytes(Buffer.from("SEQ", "latin1"));
  target.byte(sequenceFileVersion);
  target.text(header.keyClass);
  target.text(header.valueClass);
  target.byte(header.compression === "none" ? 0 : 1);
  target.byte(header.compression === "block" ? 1 : 0);
  if (header.codecClass !== undefined) target.text(header.codecClass);
  target.int32(header.metadata.size);
  const entries = [...header.metadata].map(([name, value]) => ({ bytes: Buffer.from(name), name, value }));
  entries.sort((left, right) => Buffer.compare(left.bytes, right.bytes));
  for (const { name, value } of entries) {
    target.text(name);
    target.text(value);
  }
  target.bytes(header.syncMarker);
  return target.view();
}

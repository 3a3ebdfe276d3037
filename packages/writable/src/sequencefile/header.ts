import { ByteWriter } from "../byte-writer.ts";

/** How a SequenceFile's records are compressed: not at all, or many records at a time. */
export type SequenceFileCompression = "none" | "block";

/** What stands before the records. */
export interface SequenceFileHeader {
  /** Java class of the keys, a binary name (`Outer$Inner`). */
  readonly keyClass: string;
  /** Java class of the values. */
  readonly valueClass: string;
  readonly compression: SequenceFileCompression;
  /** Java class of the codec; undefined for compression `none`. */
  readonly codecClass: string | undefined;
  readonly metadata: ReadonlyMap<string, string>;
  /** 16 bytes. */
  readonly syncMarker: Buffer;
}

/** The only version that is written, and read: Hadoop 0.11 and later. */
export const sequenceFileVersion = 6;

/** The header's bytes. Metadata is sorted by the UTF-8 bytes of its names, as in Hadoop. */
export function encodeHeader(header: SequenceFileHeader): Buffer {
  const target = new ByteWriter();
  target.bytes(Buffer.from("SEQ", "latin1"));
  target.byte(sequenceFileVersion);
  target.text(header.keyClass);
  target.text(header.valueClass);
  const isBlock = header.compression === "block" ? 1 : 0;
  target.byte(isBlock);
  target.byte(isBlock);
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

import { strict as assert } from "node:assert";
import { createHash } from "node:crypto";
import type { RecordSchema } from "@sewer/core";
import { openSequenceFile, SequenceFileWriter, syncMarkerOf, WritableError } from "@sewer/writable";
import { extensionOf, type FileFormat, type RecordDigest } from "./format.ts";
import { hadoopCodec } from "./hadoop-codec.ts";
import { keyFormOf } from "./key-form.ts";
import { eachRecord } from "./records.ts";
import type { ResolvedFormatOptions } from "../options.ts";

const valueClass = "org.apache.hadoop.io.VLongWritable";
/** VLongWritable(1): the original Sewer counts events by summing the values. */
const one = Buffer.from([1]);

/**
 * SequenceFile with the event as key and VLongWritable(1) as value. A key is the record without its null
 * flags, copied and not decoded, and in the original's form a hash of its fields; the sync marker comes from the batch id, so a batch has one encoding.
 * `encode` compresses on the calling thread.
 */
export function sequenceFile(
  options: ResolvedFormatOptions & { type: "sequencefile" },
  schema: RecordSchema,
): FileFormat {
  const keyForm = keyFormOf(options, schema);
  assert(keyForm !== undefined, `records of schema "${schema.name}" have no key of form ${options.schema}`);
  const { className: keyClass, keyOf } = keyForm;
  return {
    extension: extensionOf(options),
    async *encode(batch, tally, signal) {
      const writer = new SequenceFileWriter({
        keyClass,
        valueClass,
        syncMarker: syncMarkerOf(batch.id),
        compression: options.compression,
        ...(options.compression !== "none" && { codec: hadoopCodec(options), isSync: true }),
      });
      const append = (record: Buffer): boolean => writer.append(keyOf(record), one);
      for await (const _ of eachRecord(batch, tally, signal, append)) yield await writer.flush();
      yield await writer.finish();
    },
    digest: digestSequenceFile,
  };
}

/** SHA-256 over class names, then over each record: int32 length and bytes of its key and its value. */
async function digestSequenceFile(chunks: AsyncIterable<Buffer>): Promise<RecordDigest | undefined> {
  const lengths = Buffer.alloc(8);
  let records = 0;
  try {
    const file = await openSequenceFile(chunks);
    const hash = createHash("sha256").update(`${file.header.keyClass} ${file.header.valueClass}\n`);
    for await (const { key, value } of file) {
      lengths.writeInt32BE(key.length, 0);
      lengths.writeInt32BE(value.length, 4);
      hash.update(lengths).update(key).update(value);
      records++;
    }
    return { records, sha256: hash.digest("hex") };
  } catch (error) {
    if (error instanceof WritableError) return undefined;
    throw error;
  }
}

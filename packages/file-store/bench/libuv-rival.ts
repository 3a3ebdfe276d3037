import { recordsOf } from "@sewer/core";
import { accessLogEvent, gzipCodec, schemaOf, SequenceFileWriter, syncMarkerOf } from "@sewer/writable";
import type { EncodableBatch } from "../src/index.ts";
import { schema } from "./sample-batch.ts";

const { flagBytes } = schemaOf(schema);
const one = Buffer.from([1]);

/** The same file, encoded on this thread with its compression in libuv's thread pool. */
export async function* encodeHere(batch: EncodableBatch): AsyncGenerator<Buffer> {
  const writer = new SequenceFileWriter({
    keyClass: accessLogEvent.className,
    valueClass: "org.apache.hadoop.io.VLongWritable",
    syncMarker: syncMarkerOf(batch.id),
    compression: "block",
    codec: gzipCodec({ level: 1 }),
  });
  for await (const { payload } of batch.frames(new AbortController().signal)) {
    for (const record of recordsOf(payload)) {
      if (writer.append(record.subarray(flagBytes), one)) yield await writer.flush();
    }
  }
  yield await writer.finish();
}

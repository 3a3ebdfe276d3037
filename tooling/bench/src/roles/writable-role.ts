/** Writes and reads SequenceFiles of events, from memory to memory: `writable-role.ts`. */
import {
  ByteWriter,
  accessLogEvent,
  gzipCodec,
  openSequenceFile,
  SequenceFileWriter,
  syncMarkerOf,
  vlong,
  ByteReader,
} from "@sewer/writable";
import { answerAsks } from "../answer-asks.ts";
import { shortEvents } from "../short-events.ts";

/** What was done, and in which time. */
export interface WritableWork {
  readonly ns: number;
  readonly records: number;
  readonly bytes: number;
}

const events = shortEvents();
const one = Buffer.from([1]);
let file = Buffer.alloc(0);

answerAsks({ encode, decode });

async function encode([compression, count]: [
  compression: "none" | "gzip",
  count: number,
]): Promise<WritableWork> {
  const start = performance.now();
  const writer = new SequenceFileWriter({
    keyClass: accessLogEvent.className,
    valueClass: "org.apache.hadoop.io.VLongWritable",
    syncMarker: syncMarkerOf("bench"),
    // As Hadoop 3 writes it.
    syncInterval: 102_400,
    compression: compression === "none" ? "none" : "block",
    ...(compression === "gzip" && { codec: gzipCodec({ level: 1 }), isSync: true }),
  });
  const parts: Buffer[] = [];
  const key = new ByteWriter();
  for (let index = 0; index < count; index += 1) {
    key.clear();
    accessLogEvent.type.encode(key, events[index % events.length]!);
    const isDue = writer.append(key.view(), one);
    if (isDue) parts.push(await writer.flush());
  }
  parts.push(await writer.finish());
  file = Buffer.concat(parts);
  return { ns: (performance.now() - start) * 1e6, records: count, bytes: file.length };
}

/** Of the file that was encoded last, every field. */
async function decode(): Promise<WritableWork> {
  const start = performance.now();
  let records = 0;
  const reader = await openSequenceFile(file);
  for await (const batch of reader.batches()) {
    for (const { key, value } of batch) {
      accessLogEvent.decode(key);
      records += Number(vlong.decode(new ByteReader(value)));
    }
  }
  return { ns: (performance.now() - start) * 1e6, records, bytes: file.length };
}

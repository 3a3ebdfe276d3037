/** Writes and reads SequenceFiles of events, from memory to memory: `writable-role.ts`. */
import {
  accessLogEvent,
  gzipCodec,
  instanceOf,
  openSequenceFile,
  SequenceFileWriter,
  syncMarkerOf,
  vlong,
  type SequenceFileRecord,
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
const one = instanceOf(vlong, 1);
let file = Buffer.alloc(0);

answerAsks({
  encode,
  /** Each text becomes a string. */
  decode: () => read((record) => record.decodeKey(accessLogEvent.type)),
  /** Texts stay bytes, as Hadoop's do. */
  view: () => read((record) => record.decodeKey(accessLogEvent.viewType).timestamp),
});

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
  for (let index = 0; index < count; index += 1) {
    const isDue = writer.append(instanceOf(accessLogEvent.type, events[index % events.length]!), one);
    if (isDue) parts.push(await writer.flush());
  }
  parts.push(await writer.finish());
  file = Buffer.concat(parts);
  return { ns: (performance.now() - start) * 1e6, records: count, bytes: file.length };
}

/** Of the file that was encoded last. */
async function read(decodeKey: (record: SequenceFileRecord) => unknown): Promise<WritableWork> {
  const start = performance.now();
  let records = 0;
  const reader = await openSequenceFile(file);
  for await (const batch of reader.batches()) {
    for (const record of batch) {
      decodeKey(record);
      records += Number(record.decodeValue(vlong));
    }
  }
  return { ns: (performance.now() - start) * 1e6, records, bytes: file.length };
}

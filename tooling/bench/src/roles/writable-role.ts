/** Writes and reads SequenceFiles of events, from memory to memory: `writable-role.ts`. */
import {
  accessLogEvent,
  ByteWriter,
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
/** Memory that is there before the first round that counts: neither side's time is that of getting it. */
const memory = new ByteWriter(1 << 20);

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
  memory.clear();
  for (let index = 0; index < count; index += 1) {
    const isDue = writer.append(instanceOf(accessLogEvent.type, events[index % events.length]!), one);
    if (isDue) memory.bytes(await writer.flush());
  }
  memory.bytes(await writer.finish());
  return { ns: (performance.now() - start) * 1e6, records: count, bytes: memory.length };
}

/** Of the file that was encoded last. */
async function read(decodeKey: (record: SequenceFileRecord) => unknown): Promise<WritableWork> {
  const start = performance.now();
  let records = 0;
  const reader = await openSequenceFile(memory.view());
  for await (const batch of reader.batches()) {
    for (const record of batch) {
      decodeKey(record);
      records += Number(record.decodeValue(vlong));
    }
  }
  return { ns: (performance.now() - start) * 1e6, records, bytes: memory.length };
}

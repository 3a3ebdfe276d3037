/** Leaves a backlog in a spool and delivers it to HDFS: `drain-role.ts DIR TARGET`, the target as JSON. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { encodeSegmentMeta, type RecordSchema } from "@sewer/core";
import { DeliveryHalf } from "@sewer/flow";
import { retryOptions } from "@sewer/retry";
import { hdfsSink } from "@sewer/sink-hdfs";
import { openSpool, spoolOptions, type SpoolWriter } from "@sewer/spool";
import { accessLogEvent } from "@sewer/writable";
import { answerAsks } from "../answer-asks.ts";
import { awaitDelivered } from "../await-delivered.ts";
import { cpuSince, cpuTime } from "../cpu-time.ts";
import { contextOf, sinkOptionsOf, surroundings, type HdfsTarget } from "../hdfs-target.ts";
import { sampleEventRecords } from "../sample-events.ts";
import { names, writerOptions } from "../spool-files.ts";

/** A backlog: batches of one size. */
interface Backlog {
  readonly batches: number;
  readonly recordsPerBatch: number;
}

const [dir = "", target = ""] = process.argv.slice(2);
const spoolDir = join(dir, "spool");
const options = sinkOptionsOf(JSON.parse(target) as HdfsTarget);
const schema: RecordSchema = { name: "access-log", fields: [...accessLogEvent.fields] };
const records = sampleEventRecords();

answerAsks({ prepare, drain });

/** Writes it, and nothing of an earlier one is left. */
async function prepare({ batches, recordsPerBatch }: Backlog): Promise<void> {
  await rm(spoolDir, { recursive: true, force: true });
  const sink = hdfsSink.create(options, contextOf(names.sink, dir));
  const writer = await openSpool({
    ...writerOptions(spoolDir, "memory"),
    meta: ({ batchId, createdMs }) => {
      const plan = sink.plan({ batchId, createdMs, flow: names.flow }, schema);
      const sinks = { [names.sink]: plan };
      return encodeSegmentMeta({ v: 1, flow: names.flow, schema, host: "localhost", createdMs, sinks });
    },
  });
  for (let batch = 0; batch < batches; batch++) {
    for (let i = 0; i < recordsPerBatch; i++) await append(writer, records[i % records.length]!);
    await writer.roll("size");
  }
  await writer.close();
}

async function append(writer: SpoolWriter, record: Buffer): Promise<void> {
  let room = writer.reserve(record.length);
  while (typeof room === "string") {
    await new Promise((resolve) => setImmediate(resolve));
    room = writer.reserve(record.length);
  }
  record.copy(room.buffer, room.offset);
  writer.commit(record.length);
}

/** Delivers all of it, from the opening of the spool to the last receipt. */
async function drain({
  batches,
  recordsPerBatch,
}: Backlog): Promise<{ ms: number; main: number; process: number }> {
  const before = cpuTime();
  const startMs = performance.now();
  const half = new DeliveryHalf({
    name: names.flow,
    sinks: new Map([[names.sink, hdfsSink.create(options, contextOf(names.sink, dir))]]),
    spool: spoolOptions.parse({ minFree: 0 }),
    spoolDir,
    retry: retryOptions.parse({}),
    ...surroundings,
  });
  await half.open();
  half.start();
  try {
    await awaitDelivered(() => half.status().sinks[0], batches * recordsPerBatch);
    return { ms: performance.now() - startMs, ...cpuSince(before) };
  } finally {
    await half.close({ deliverMs: 0 });
  }
}

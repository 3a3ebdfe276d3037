import {
  noMetrics,
  silentLogger,
  systemClock,
  systemRandom,
  type Batch,
  type BatchOrigin,
  type Clock,
  type ComponentContext,
  type Logger,
  type RecordSchema,
  type Sink,
} from "@sewer/core";
import { nodeFileSystem } from "@sewer/core/node";
import { plannedBatch, seededRandom } from "@sewer/testkit";
import { accessLogEvent, openSequenceFile } from "@sewer/writable";
import { hdfsSink, hdfsSinkOptions, type HdfsSinkOptions } from "../src/index.ts";

export const schema: RecordSchema = { name: "access-log", fields: [...accessLogEvent.fields] };
export const never = new AbortController().signal;

/** A sink `main` of flow `pixel`. */
export function makeSink(
  options: Omit<HdfsSinkOptions, "type">,
  logger: Logger = silentLogger,
  clock: Clock = systemClock,
): Sink {
  const context: ComponentContext = {
    flow: "pixel",
    name: "main",
    hostname: "h1.example",
    baseDir: "/nowhere",
    clock,
    random: systemRandom,
    fs: nodeFileSystem,
    logger,
    metrics: noMetrics,
  };
  return hdfsSink.create(hdfsSinkOptions.parse({ type: "hdfs", ...options }), context);
}

/** Records that compress badly, so that the file is about as large as they are. */
export function records(count: number, seed = 1): Buffer[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, i) =>
    accessLogEvent.encodeRecord({
      timestamp: 1_700_000_000_000 + i,
      ip: "127.0.0.1",
      host: "shop.example",
      requestPath: `/${i}`,
      queryString: i % 2 === 0 ? null : Buffer.from(random.bytes(150)).toString("base64"),
      referer: null,
      userAgent: "Mozilla/5.0 ü",
      cookies: "",
    }),
  );
}

export interface BatchOptions {
  readonly id?: string;
  readonly records?: readonly Buffer[];
  readonly origin?: BatchOrigin;
  readonly readableCount?: number;
}

/** A batch as the sink planned it. */
export function batchFor(sink: Sink, options: BatchOptions = {}): { batch: Batch; path: string } {
  const { id = "01JDEF0000000000000000ABCD-00000001", records: content = records(100), ...rest } = options;
  const plan = sink.plan({ batchId: id, createdMs: 0, flow: "pixel" }, schema);
  const batch = plannedBatch({ id, schema, sinks: { main: plan }, records: content, ...rest });
  return { batch, path: plan["path"] as string };
}

/** The keys of a SequenceFile. */
export async function keysOf(file: Buffer): Promise<Buffer[]> {
  const keys: Buffer[] = [];
  for await (const { key } of await openSequenceFile(file)) keys.push(key);
  return keys;
}

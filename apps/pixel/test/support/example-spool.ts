import {
  encodeSegmentMeta,
  noMetrics,
  silentLogger,
  systemClock,
  systemRandom,
  type JsonObject,
  type RecordSchema,
  type SettleableBatch,
} from "@sewer/core";
import { nodeFileSystem } from "@sewer/core/node";
import { openDrain, openSpool } from "@sewer/spool";
import { accessLogEvent } from "@sewer/writable";

const surroundings = {
  fs: nodeFileSystem,
  clock: systemClock,
  random: systemRandom,
  logger: silentLogger,
  metrics: noMetrics,
};

/** The schema of the events. */
export const schema: RecordSchema = { name: "access-log", fields: [...accessLogEvent.fields] };

/** What is sealed. */
export interface Sealed {
  readonly dir: string;
  readonly events: number;
  /** @default pixel */
  readonly flow?: string;
  /** Plans by sink: path and format. */
  readonly sinks: Readonly<Record<string, JsonObject>>;
}

/** Seals one batch of events in a spool. @returns its id. */
export async function sealEvents({ dir, events, flow = "pixel", sinks }: Sealed): Promise<string> {
  const writer = await openSpool({
    ...surroundings,
    dir,
    meta: ({ createdMs }) => encodeSegmentMeta({ v: 1, flow, schema, host: "box", createdMs, sinks }),
    durability: "interval",
    fsyncIntervalMs: 1000,
    rollEveryMs: 3_600_000,
    rollBytes: 1_000_000,
    rollAlign: false,
    maxBytes: 1_000_000_000,
    minFreeBytes: 0,
    onFull: "refuse",
  });
  for (let i = 0; i < events; i += 1) {
    const record = accessLogEvent.encodeRecord({
      timestamp: 1_790_000_000_000 + i,
      ip: "127.0.0.1",
      host: "",
      requestPath: `/${i}`,
      queryString: null,
      referer: null,
      userAgent: null,
      cookies: null,
    });
    const room = writer.reserve(record.length);
    if (typeof room !== "object") throw new Error(room);
    room.buffer.set(record, room.offset);
    writer.commit(record.length);
  }
  await writer.close();
  return `${writer.incarnation}-00000001`;
}

/** One start of a delivery half, which gives each batch to `settle`. */
export async function drainSpool(
  dir: string,
  settle: (batch: SettleableBatch) => Promise<void>,
): Promise<void> {
  const drain = await openDrain({
    ...surroundings,
    dir,
    sinksOf: (meta) => Object.keys((JSON.parse(meta.toString()) as { sinks: object }).sinks),
    receiptsKeepMs: 1e9,
  });
  const settling: Promise<void>[] = [];
  drain.onBatch((batch) => void settling.push(settle(batch)));
  await drain.started;
  await Promise.all(settling);
  await drain.close();
}

import { type Batch, type BatchOrigin, type RecordSchema } from "@sewer/core";
import { plannedBatch, seededRandom } from "@sewer/testkit";
import { accessLogEvent, type AccessLogEventInput } from "@sewer/writable";
import type { FilePlan } from "../src/index.ts";
import { encodeFilePlan } from "../src/index.ts";

export const schema: RecordSchema = { name: "access-log", fields: [...accessLogEvent.fields] };

/** Events that differ, some with nulls, empty fields and characters beyond ASCII. */
export function events(count: number, seed = 1): AccessLogEventInput[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, i) => ({
    timestamp: 1_700_000_000_000 + i,
    ip: `10.0.${i >> 8}.${i & 255}`,
    host: i % 7 === 0 ? "" : "shop.example",
    requestPath: `/p${i}.gif`,
    queryString: i % 3 === 0 ? null : i % 3 === 1 ? "" : `q=${random.next()}`,
    referer: i % 2 === 0 ? null : "https://example.org/ü/🚀",
    userAgent: "Mozilla/5.0 (X11; Linux x86_64) ".repeat(i % 4),
    cookies: i % 5 === 0 ? null : `id=${i}; b="c"`,
  }));
}

export interface BatchOptions {
  readonly plan: FilePlan;
  readonly events?: readonly AccessLogEventInput[];
  readonly records?: readonly Uint8Array[];
  readonly id?: string;
  readonly origin?: BatchOrigin;
  readonly readableCount?: number;
}

/** A batch of flow `pixel` for the sink `main`. */
export function batchOf({ plan, id = batchId, ...options }: BatchOptions): Batch {
  const records =
    options.records ?? (options.events ?? events(10)).map((e) => accessLogEvent.encodeRecord(e));
  return plannedBatch({
    id,
    schema,
    sinks: { main: encodeFilePlan(plan) },
    records,
    ...(options.origin !== undefined && { origin: options.origin }),
    ...(options.readableCount !== undefined && { readableCount: options.readableCount }),
  });
}

export const batchId = "01JDEF0000000000000000ABCD-00000001";

import { setImmediate } from "node:timers/promises";
import { crc32 } from "node:zlib";
import type { RecordSchema } from "@sewer/core";
import { seededRandom } from "@sewer/testkit";
import { accessLogEvent } from "@sewer/writable";
import type { EncodableBatch } from "../src/index.ts";

/** The schema of the sample's records. */
export const schema: RecordSchema = { name: "access-log", fields: [...accessLogEvent.fields] };

const frameBytes = 256 * 1024;

/**
 * A batch of about `bytes` that lies in memory: records of about 1 KB in frames of up to 256 KiB, each with a
 * checksum that is looked at when the frame is read, as the spool does, and a turn of the loop in place of the
 * reading.
 */
export function sampleBatch(id: string, bytes: number): EncodableBatch & { readonly bytes: number } {
  const random = seededRandom(963);
  const records = Array.from({ length: 4096 }, (_, i) => sampleRecord(i, random));
  const frames: { payload: Buffer; checksum: number }[] = [];
  let pieces: Buffer[] = [];
  let pending = 0;
  let total = 0;
  let count = 0;
  for (; total < bytes; count++) {
    const record = records[count % records.length]!;
    if (pending + record.length > frameBytes) {
      frames.push(frameOf(pieces));
      pieces = [];
      pending = 0;
    }
    pieces.push(record);
    pending += record.length;
    total += record.length;
  }
  frames.push(frameOf(pieces));
  return {
    id,
    bytes: total,
    readableCount: count,
    async *frames() {
      for (const frame of frames) {
        await setImmediate();
        if (crc32(frame.payload) !== frame.checksum) throw new Error("the sample is damaged");
        yield frame;
      }
    },
  };
}

function frameOf(pieces: readonly Buffer[]): { payload: Buffer; checksum: number } {
  const payload = Buffer.concat(pieces);
  return { payload, checksum: crc32(payload) };
}

/** A record with its length, as frames hold it. gzip makes it 2.6 times smaller, as real ones. */
function sampleRecord(i: number, random: ReturnType<typeof seededRandom>): Buffer {
  const text = (length: number): string => Buffer.from(random.bytes(length)).toString("base64url");
  const record = accessLogEvent.encodeRecord({
    timestamp: 1_700_000_000_000 + i,
    ip: `10.${i & 255}.${(i >> 4) & 255}.7`,
    host: "shop.example.com",
    requestPath: "/pixel/collect.gif",
    queryString: `page=/catalogue/shoes/${i}&session=${text(48)}&campaign=autumn&currency=EUR`,
    referer: `https://shop.example.com/catalogue/shoes/${i}?from=newsletter&position=${i % 10}`,
    userAgent:
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    cookies: `visitor=${text(96)}; consent=all; experiment=control; basket=${text(60)}; theme=light; _ga=GA1.2.${i}`,
  });
  const length = Buffer.alloc(4);
  length.writeUInt32LE(record.length);
  return Buffer.concat([length, record]);
}

import { createHash } from "node:crypto";
import { renameSync, rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { recordsOf } from "@sewer/core";
import { seededRandom } from "@sewer/testkit";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openDrain, readSegment } from "../../src/index.ts";
import { fastFileSystem } from "../support/fast-file-system.ts";
import {
  assertAccounts,
  batchesOf,
  drainOptions,
  sealRecords,
  temporaryDirectory,
} from "../support/spool.ts";

const seed = Number(process.env["SEWER_TEST_SEED"] ?? 20260101);
const recordBytesMax = 16 * 1024 * 1024;
const never = new AbortController().signal;

/** 0 to 16 MiB, as many small ones as large ones, and the edges of what a buffer and the format take. */
const size = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.double({ min: 0, max: 24, noNaN: true }).map((bits) => Math.floor(2 ** bits) - 1),
  },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, 256 * 1024 - 36, 256 * 1024 - 35, recordBytesMax) },
);

function recordOf(bytes: number, number: number): Buffer {
  const start = Buffer.from(seededRandom(number).bytes(Math.min(bytes, 512)));
  return Buffer.concat([start, Buffer.alloc(bytes - start.length, number)]);
}

/** Short, and as good as the record. */
function digest(record: Uint8Array): string {
  return `${record.length} ${createHash("sha1").update(record).digest("hex")}`;
}

describe("a segment of records from 0 to 16 MiB", () => {
  it("gives them back, and cut anywhere every whole frame", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(size, { minLength: 1, maxLength: 8 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (sizes, share) => {
          const dir = temporaryDirectory();
          const records = sizes.map(recordOf);
          const id = await sealRecords(dir, records, { fs: fastFileSystem });
          const digests = records.map(digest);
          const sealed = join(dir, "w", id.slice(0, 26), `${id}.seal`);
          const { bytes, frames } = await framesOf(sealed);
          expect(frames.flatMap(({ found }) => found)).toEqual(digests);
          const cut = Math.floor(bytes * share);
          renameSync(sealed, sealed.replace(".seal", ".open"));
          truncateSync(sealed.replace(".seal", ".open"), cut);
          const whole = frames.filter(({ end }) => end <= cut).flatMap(({ found }) => found);
          expect(await delivered(dir), `cut at ${cut}`).toEqual(whole);
          rmSync(dir, { recursive: true });
        },
      ),
      { seed, numRuns: 25 },
    );
  });
});

async function framesOf(
  path: string,
): Promise<{ bytes: number; frames: { end: number; found: string[] }[] }> {
  const segment = await readSegment(path, { fs: fastFileSystem });
  const frames: { end: number; found: string[] }[] = [];
  for await (const { payload, position } of segment.frames()) {
    const end = position + 32 + payload.length;
    frames.push({ end, found: [...recordsOf(payload)].map(digest) });
  }
  expect(segment.damage).toEqual([]);
  await segment.close();
  return { bytes: segment.bytes, frames };
}

/** What the next start delivers. */
async function delivered(dir: string): Promise<string[]> {
  const drain = await openDrain(drainOptions(dir, { fs: fastFileSystem }));
  const found: string[] = [];
  for (const batch of await batchesOf(drain)) {
    for await (const { payload } of batch.frames(never)) found.push(...[...recordsOf(payload)].map(digest));
    await batch.acknowledge({ destination: "/out", records: batch.recordCount, bytes: 1 });
  }
  assertAccounts(drain);
  await drain.close();
  return found;
}

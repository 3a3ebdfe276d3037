import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Frame } from "@sewer/core";
import { seededRandom } from "@sewer/testkit";
import { accessLogEvent } from "@sewer/writable";
import { afterEach, describe, expect, test } from "vitest";
import { formatOf } from "../../src/formats/format-of.ts";
import type { EncodableBatch } from "../../src/formats/format.ts";
import {
  EncoderPool,
  formatOptions,
  type EncoderPoolOptions,
  type FormatOptions,
  type RecordTally,
} from "../../src/index.ts";
import { events, schema } from "../events.ts";

const never = new AbortController().signal;
const pools: EncoderPool[] = [];
afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.close())));

function poolOf(options: EncoderPoolOptions = {}): EncoderPool {
  const pool = new EncoderPool({ workers: 1, ...options });
  pools.push(pool);
  return pool;
}

/** Records in frames of the given numbers of records; `isTaken` hears of every frame that is asked for. */
function batchOf(
  records: readonly Buffer[],
  options: { id?: string; frameRecords?: () => number; isTaken?: (frame: number) => void } = {},
): EncodableBatch {
  const { id = "01JDEF0000000000000000ABCD-00000001", frameRecords = () => 100, isTaken } = options;
  return {
    id,
    readableCount: records.length,
    async *frames(signal) {
      for (let start = 0, frame = 0; start < records.length; frame++) {
        signal.throwIfAborted();
        const end = start + frameRecords();
        isTaken?.(frame);
        yield frameOf(records.slice(start, end));
        start = end;
      }
    },
  };
}

function frameOf(records: readonly Buffer[]): Pick<Frame, "payload"> {
  const lengths = records.map((record) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(record.length);
    return [length, record];
  });
  return { payload: Buffer.concat(lengths.flat()) };
}

function recordsOf(count: number, seed = 1): Buffer[] {
  return events(count, seed).map((event) => Buffer.from(accessLogEvent.encodeRecord(event)));
}

/** A record of `bytes` and a few more that no codec makes smaller. */
function bigRecord(bytes: number): Buffer {
  const cookies = Buffer.from(seededRandom(7).bytes(bytes >> 1)).toString("hex");
  return Buffer.from(accessLogEvent.encodeRecord({ ...events(1)[0]!, cookies }));
}

function chunksOf(
  pool: EncoderPool,
  batch: EncodableBatch,
  options: { format?: FormatOptions; tally?: RecordTally; signal?: AbortSignal } = {},
): AsyncGenerator<Buffer> {
  const { format = {}, tally = { records: 0 }, signal = never } = options;
  return pool.encode({ format: formatOptions.parse(format), schema, batch, tally }, signal);
}

async function collect(chunks: AsyncIterable<Buffer>): Promise<Buffer[]> {
  const collected: Buffer[] = [];
  for await (const chunk of chunks) collected.push(chunk);
  return collected;
}

const formats = [
  {},
  { compression: "none" },
  { level: 6 },
  { type: "json" },
  { type: "json", compression: "gzip" },
] as const;

describe.each(formats)("%j", (format) => {
  test("gives the bytes that the format gives on this thread, whatever the frames", async () => {
    const random = seededRandom(3);
    const records = [...recordsOf(9000), bigRecord(3_000_000), ...recordsOf(300, 2)];
    const direct = formatOf(formatOptions.parse(format), schema);
    const here = await collect(direct.encode(batchOf(records), { records: 0 }, never));
    const pool = poolOf({ workers: 2 });
    const framings = [() => 1, () => 700, () => 1 + Math.floor(random.next() * 400)];
    await Promise.all(
      framings.map(async (frameRecords) => {
        const tally = { records: 0 };
        const there = await collect(chunksOf(pool, batchOf(records, { frameRecords }), { format, tally }));
        expect(Buffer.concat(there).equals(Buffer.concat(here))).toBe(true);
        expect(tally.records).toBe(records.length);
        // Pieces as a store wants them: 1 MiB, and what is left.
        expect(there.slice(0, -1).every((chunk) => chunk.length === 1 << 20)).toBe(true);
      }),
    );
  });
});

test("memory that files take in turn shows in none of them, and small ones come in little", async () => {
  const pool = poolOf();
  const format = { type: "json" } as const;
  const direct = formatOf(formatOptions.parse(format), schema);
  const fileOf = async (batch: EncodableBatch): Promise<Buffer[]> => {
    const there = await collect(chunksOf(pool, batch, { format }));
    const here = await collect(direct.encode(batch, { records: 0 }, never));
    expect(Buffer.concat(there).equals(Buffer.concat(here))).toBe(true);
    return there;
  };
  const small = async (seed: number): Promise<void> => {
    const batch = batchOf(recordsOf(1 + ((seed * 37) % 300), seed), { frameRecords: () => 20 });
    if (seed % 5 === 0) return void (await chunksOf(pool, batch, { format }).return(undefined));
    for (const { buffer, length } of await fileOf(batch)) expect(buffer.byteLength).toBe(length);
  };
  for (let seed = 1; seed < 60; seed += 3) await Promise.all([small(seed), small(seed + 1), small(seed + 2)]);
  await Promise.all([1, 2, 3].map((seed) => fileOf(batchOf(recordsOf(9000, seed)))));
});

test("a batch without records gives the file that has none", async () => {
  const chunks = await collect(chunksOf(poolOf(), batchOf([])));
  const here = await collect(
    formatOf(formatOptions.parse({}), schema).encode(batchOf([]), { records: 0 }, never),
  );
  expect(Buffer.concat(chunks).equals(Buffer.concat(here))).toBe(true);
});

test("errors keep code, scope, retry and message on their way between the threads", async () => {
  const pool = poolOf();
  const [good] = recordsOf(1);
  await expect(
    collect(chunksOf(pool, batchOf([good!, Buffer.from([0, 1, 2])]), { format: { type: "json" } })),
  ).rejects.toMatchObject({
    name: "SewerError",
    code: "SEWER_FILE_RECORD_INVALID",
    scope: "batch",
    retry: "permanent",
    message: expect.stringMatching(/^record 2 of the batch cannot be encoded: /),
    cause: expect.objectContaining({ stack: expect.stringContaining("decodeRecord") }),
  });
  const short = { ...batchOf(recordsOf(3)), readableCount: 4 };
  await expect(collect(chunksOf(pool, short))).rejects.toMatchObject({
    code: "SEWER_FILE_RECORD_COUNT",
    scope: "batch",
    retry: "temporary",
    message: expect.stringContaining("3 records were encoded, but the spool has 4"),
  });
});

test("what the batch throws while it is read is thrown as it is", async () => {
  const error = new Error("the disk is gone");
  const batch: EncodableBatch = {
    id: "x",
    readableCount: undefined,
    async *frames() {
      yield frameOf(recordsOf(10));
      throw error;
    },
  };
  await expect(collect(chunksOf(poolOf(), batch))).rejects.toBe(error);
});

test("an abort ends an encoding that waits for records, with the signal's reason", async () => {
  const pool = poolOf();
  const controller = new AbortController();
  const reading = Promise.withResolvers<void>();
  let isReleased = false;
  const batch: EncodableBatch = {
    id: "x",
    readableCount: undefined,
    async *frames(signal) {
      try {
        yield frameOf(recordsOf(10));
        reading.resolve();
        await new Promise((_, reject) =>
          signal.addEventListener("abort", () => reject(signal.reason as Error)),
        );
      } finally {
        isReleased = true;
      }
    },
  };
  const encoding = collect(chunksOf(pool, batch, { signal: controller.signal }));
  await reading.promise;
  const reason = new Error("stop");
  controller.abort(reason);
  await expect(encoding).rejects.toBe(reason);
  expect(isReleased).toBe(true);
  // The thread is as good as before.
  expect((await collect(chunksOf(pool, batchOf(recordsOf(10))))).length).toBe(1);
});

test("a signal that is aborted before ends it before a byte", async () => {
  const reason = new Error("stop");
  const signal = AbortSignal.abort(reason);
  await expect(collect(chunksOf(poolOf(), batchOf(recordsOf(10)), { signal }))).rejects.toBe(reason);
});

test("holds 3 MiB of an encoding that nobody takes, and the thread goes on with others meanwhile", async () => {
  const pool = poolOf();
  const record = bigRecord(100_000);
  const records = Array.from({ length: 400 }, () => record);
  let readBytes = 0;
  let takenBytes = 0;
  let others = 0;
  const isTaken = (): void => void (readBytes += record.length + 4);
  const slow = chunksOf(pool, batchOf(records, { frameRecords: () => 1, isTaken }), {
    format: { compression: "none" },
  });
  // Records in buffers, two chunks, the frame in hand, and what the format holds until it is flushed.
  const boundBytes = 3 * 1024 * 1024 + 2_000_000 + record.length;
  for (let turn = 0; ; turn++) {
    const { done, value } = await slow.next();
    if (done === true) break;
    // Each of these takes several turns of both threads, in which this one could run ahead.
    const otherCount = turn % 10 === 0 ? 20 : 0;
    for (let other = 0; other < otherCount; other++) {
      others += (await collect(chunksOf(pool, batchOf(recordsOf(10))))).length;
    }
    expect(readBytes - takenBytes).toBeLessThan(boundBytes);
    takenBytes += value.length;
  }
  expect(others).toBeGreaterThan(20);
  expect(readBytes).toBe(400 * (record.length + 4));
});

test("an encoding that is given up lets go of its batch before `return` settles", async () => {
  let isReleased = false;
  let lastFrame = 0;
  const records = Array.from({ length: 100 }, () => bigRecord(200_000));
  const batch = batchOf(records, { frameRecords: () => 1, isTaken: (frame) => void (lastFrame = frame) });
  const given: EncodableBatch = {
    ...batch,
    async *frames(signal) {
      try {
        yield* batch.frames(signal);
      } finally {
        isReleased = true;
      }
    },
  };
  const encoding = chunksOf(poolOf(), given, { format: { compression: "none" } });
  await encoding.next();
  await encoding.return(undefined);
  expect(isReleased).toBe(true);
  expect(lastFrame).toBeLessThan(99);
});

describe("a thread that dies", () => {
  const entry = new URL("fixtures/dying-worker.ts", import.meta.url);

  test.each([
    ["exits", "sink", "it exited with 7"],
    ["throws", "sink", "thrown in the thread"],
    ["fills the heap", "batch", "memory limit"],
  ])(
    "because a batch %s: its encoding fails with scope %s, the next gets a new thread",
    async (id, scope, why) => {
      const pool = poolOf({ entry, heapMiB: 32 });
      await expect(collect(chunksOf(pool, batchOf(recordsOf(10), { id })))).rejects.toMatchObject({
        code: "SEWER_FILE_ENCODER_DIED",
        scope,
        retry: "temporary",
        message: expect.stringContaining(why),
      });
      expect((await collect(chunksOf(pool, batchOf(recordsOf(10))))).length).toBe(1);
    },
  );

  test("of memory with two batches: neither is surely at fault", async () => {
    const pool = poolOf({ entry, heapMiB: 32 });
    const other = chunksOf(pool, batchOf(Array.from({ length: 40 }, () => bigRecord(200_000))));
    await other.next();
    const fault = { code: "SEWER_FILE_ENCODER_DIED", scope: "sink", retry: "temporary" };
    const killer = chunksOf(pool, batchOf(recordsOf(10), { id: "fills the heap" }));
    await expect(killer.next()).rejects.toMatchObject(fault);
    await expect(collect(other)).rejects.toMatchObject(fault);
  });

  test("or cannot start says so", async () => {
    const pool = poolOf({ entry: new URL("fixtures/missing-worker.ts", import.meta.url) });
    await expect(chunksOf(pool, batchOf([])).next()).rejects.toMatchObject({
      code: "SEWER_FILE_ENCODER_DIED",
      scope: "sink",
      message: expect.stringContaining("missing-worker.ts"),
    });
  });
});

test("close ends what is under way; nothing can be encoded afterwards", async () => {
  const pool = poolOf();
  const encoding = chunksOf(pool, batchOf(Array.from({ length: 40 }, () => bigRecord(200_000))));
  await encoding.next();
  await pool.close();
  await expect(collect(encoding)).rejects.toMatchObject({ code: "SEWER_FILE_ABORTED" });
  await expect(chunksOf(pool, batchOf([])).next()).rejects.toThrow("closed");
  await pool.close();
});

const built = fileURLToPath(new URL("../../dist/encoder-worker.js", import.meta.url));
const program = fileURLToPath(new URL("fixtures/encode-once.ts", import.meta.url));
const line = '{"timestamp":1,"ip":"::1","host":"h","requestPath":"/"';

test("from source: a process waits for its encoding, and not for the idle thread", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=@sewer/source", program]);
  expect(stdout).toContain(line);
});

// `pnpm build` comes before the tests in the task graph; a plain `vitest run` in a fresh checkout has none.
describe.skipIf(!existsSync(built))("the build", () => {
  test("has the thread's module beside its own", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [program]);
    expect(stdout).toContain(line);
  });
});

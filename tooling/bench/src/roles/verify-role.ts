/** Reads a sealed batch as a sink would, and checksums as many bytes in memory: `verify-role.ts DIR`. */
import { crc32 } from "node:zlib";
import type { SettleableBatch } from "@sewer/core";
import { openDrain, openSpool } from "@sewer/spool";
import { answerAsks } from "../answer-asks.ts";
import { sampleRecords } from "../records.ts";
import { names, writerOptions } from "../spool-files.ts";

const [dir = ""] = process.argv.slice(2);
const pieceBytes = 256 * 1024;
const never = new AbortController().signal;
let batch: SettleableBatch | undefined;
let memory = Buffer.alloc(0);
let close = async (): Promise<void> => {};

answerAsks({ prepare, read, checksum }, () => close());

/** Writes one batch of so many records. @returns the bytes of its file. */
async function prepare(count: number): Promise<number> {
  const options = writerOptions(dir, "memory");
  const writer = await openSpool(options);
  const records = sampleRecords();
  for (let done = 0; done < count;) {
    const record = records[done % records.length]!;
    const room = writer.reserve(record.length);
    if (typeof room === "string") {
      await new Promise((resolve) => setImmediate(resolve));
      continue;
    }
    record.copy(room.buffer, room.offset);
    writer.commit(record.length);
    done += 1;
  }
  await writer.close();
  const { fs, clock, logger, metrics } = options;
  const sinksOf = (): string[] => [names.sink];
  const drain = await openDrain({ dir, sinksOf, receiptsKeepMs: 86_400_000, fs, clock, logger, metrics });
  close = () => drain.close();
  batch = await new Promise((resolve) => void drain.onBatch(resolve));
  memory = Buffer.alloc(Math.min(batch!.bytes, 64 * 1024 * 1024), records[0]);
  return batch!.bytes;
}

async function read(): Promise<{ ms: number; records: number }> {
  const startMs = performance.now();
  let records = 0;
  for await (const frame of batch!.frames(never)) records += frame.recordCount;
  return { ms: performance.now() - startMs, records };
}

async function checksum(): Promise<number> {
  const startMs = performance.now();
  let value = 0;
  for (let left = batch!.bytes; left > 0;) {
    for (let from = 0; from < memory.length && left > 0; from += pieceBytes) {
      const piece = memory.subarray(from, from + Math.min(pieceBytes, left));
      value = crc32(piece, value);
      left -= piece.length;
    }
  }
  return performance.now() - startMs;
}

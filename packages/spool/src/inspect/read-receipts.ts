import { join } from "node:path";
import { SewerError, type FileHandle, type FileSystem } from "@sewer/core";
import { dayOfReceipts } from "../drain/receipt-log.ts";
import { spoolErrors } from "../errors.ts";
import { isMissing, listDirectory, messageOf } from "../file-access.ts";
import { rooms } from "../rooms.ts";
import { BatchSet } from "./batch-set.ts";

/** Most bytes of a line; what is longer was not written by a spool. */
const lineBytesMax = 64 * 1024;
const chunkBytes = 256 * 1024;
const newline = 10;

/** What was written last of one batch and one sink. */
export interface InspectedReceipt {
  readonly batchId: string;
  readonly sink: string;
  /** Where the batch is; undefined when it was dropped undelivered. */
  readonly delivered: DeliveredReceipt | undefined;
  /** Records that are lost: those of a dropped batch, or those that could not be read when it was delivered. */
  readonly recordsLost: number;
  /** Epoch milliseconds. */
  readonly timeMs: number;
}

/** The receipt of a sink, as it stands in the spool. */
export interface DeliveredReceipt {
  readonly destination: string;
  readonly records: number;
  /** Length of what was written, in bytes. */
  readonly bytes: number;
  /** `algorithm:hex`, where the destination has one. */
  readonly checksum?: string;
}

/** What {@link readReceipts} needs. */
export interface ReadReceiptsOptions {
  readonly fs: FileSystem;
  /** Only those that were written at this time or later, epoch milliseconds. @default all that are kept */
  readonly sinceMs?: number | undefined;
  /** Ends an iteration, which then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Reads the receipts of a spool directory, the newest day first; within a day in the order of their first line. Of
 * each batch and sink only what was written last is given. Takes no lock and may run beside a running server. Held
 * in memory: one day, and a number for each receipt of the days after it. What is no line of a receipt, such as one
 * that a crash has torn, is passed over.
 *
 * Iterating throws SewerError `SEWER_SPOOL_UNREADABLE`.
 */
export async function* readReceipts(
  dir: string,
  { fs, sinceMs = -Infinity, signal }: ReadReceiptsOptions,
): AsyncGenerator<InspectedReceipt, void, undefined> {
  const told = new BatchSet();
  const directory = rooms.receipts(dir);
  const names = await reading(directory, () => listDirectory(fs, directory));
  for (const name of names.toReversed()) {
    const day = dayOfReceipts(name);
    if (day === undefined || day.endMs <= sinceMs) continue;
    const path = join(directory, name);
    for (const receipt of (await reading(path, () => readDay(fs, path, signal))).values()) {
      if (told.add(receipt.sink, receipt.batchId) && receipt.timeMs >= sinceMs) yield receipt;
    }
  }
}

async function readDay(
  fs: FileSystem,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Map<string, InspectedReceipt>> {
  const receipts = new Map<string, InspectedReceipt>();
  for await (const line of linesOf(fs, path, signal)) {
    const fields = parseLine(line);
    if (fields === undefined) continue;
    const { batch, sink, time } = fields;
    const key = `${sink}/${batch}`;
    const delivered = deliveredIn(fields);
    const recordsLost = typeof fields["lost"] === "number" ? fields["lost"] : 0;
    // What of a batch was damaged follows its receipt; everything else replaces what was written before.
    const before = fields["reason"] === "damaged" ? receipts.get(key)?.delivered : undefined;
    receipts.set(key, {
      batchId: batch,
      sink,
      delivered: delivered ?? before,
      recordsLost,
      timeMs: time,
    });
  }
  return receipts;
}

interface ReceiptLine extends Record<string, unknown> {
  readonly batch: string;
  readonly sink: string;
  readonly time: number;
}

function parseLine(line: string): ReceiptLine | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const fields: Record<string, unknown> = { ...value };
  const { v, batch, sink, time } = fields;
  const isReceipt =
    v === 1 && typeof batch === "string" && typeof sink === "string" && typeof time === "number";
  return isReceipt ? (fields as ReceiptLine) : undefined;
}

function deliveredIn({ destination, records, bytes, checksum }: ReceiptLine): DeliveredReceipt | undefined {
  if (typeof destination !== "string" || typeof records !== "number" || typeof bytes !== "number") {
    return undefined;
  }
  return { destination, records, bytes, ...(typeof checksum === "string" && { checksum }) };
}

/** Whole lines, without their ends. */
async function* linesOf(
  fs: FileSystem,
  path: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<string, void, undefined> {
  let handle: FileHandle;
  try {
    handle = await fs.open(path, "read");
  } catch (error) {
    // Its day is over, and the server deleted it.
    if (isMissing(error)) return;
    throw error;
  }
  try {
    const chunk = Buffer.allocUnsafeSlow(chunkBytes);
    let rest = Buffer.alloc(0);
    for (let position = 0; ;) {
      signal?.throwIfAborted();
      const count = await handle.read(chunk, position);
      if (count === 0) return;
      position += count;
      const bytes = Buffer.concat([rest, chunk.subarray(0, count)]);
      let start = 0;
      for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
        yield bytes.toString("utf8", start, end);
        start = end + 1;
      }
      rest = bytes.subarray(Math.max(start, bytes.length - lineBytesMax));
    }
  } finally {
    await handle.close();
  }
}

async function reading<Result>(path: string, step: () => Promise<Result>): Promise<Result> {
  try {
    return await step();
  } catch (cause) {
    const message = `${path} cannot be read: ${messageOf(cause)}; check its permissions and the disk`;
    throw new SewerError(spoolErrors.unreadable, message, { context: { path }, cause });
  }
}

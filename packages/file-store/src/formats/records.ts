import { recordsOf, SewerError } from "@sewer/core";
import { fileStoreErrors } from "../errors.ts";
import type { EncodableBatch, RecordTally } from "./format.ts";

/**
 * Gives every record of a batch to `append`, counted in `tally`, and yields whenever `append` said that
 * enough is buffered; then checks that the encoder got as many records as the spool has.
 *
 * @throws SewerError `SEWER_FILE_RECORD_INVALID` (scope `batch`, permanent) when `append` throws;
 * `SEWER_FILE_RECORD_COUNT` (scope `batch`) when the counts differ; what `batch.frames` throws.
 */
export async function* eachRecord(
  batch: EncodableBatch,
  tally: RecordTally,
  signal: AbortSignal,
  append: (record: Buffer) => boolean,
): AsyncGenerator<void, void, undefined> {
  for await (const frame of batch.frames(signal)) {
    const records = recordsOf(frame.payload);
    for (;;) {
      const isFlushDue = appendUntilDue(records, tally, append);
      if (isFlushDue === undefined) break;
      yield;
    }
  }
  if (batch.readableCount === tally.records) return;
  const message =
    `batch ${batch.id}: ${tally.records} records were encoded, but the spool has ` +
    `${batch.readableCount ?? "an unknown number"}; nothing was published`;
  throw new SewerError(fileStoreErrors.recordCount, message, { scope: "batch" });
}

/** @returns undefined when the frame is used up. */
function appendUntilDue(
  records: Iterator<Buffer>,
  tally: RecordTally,
  append: (record: Buffer) => boolean,
): true | undefined {
  try {
    for (;;) {
      const next = records.next();
      if (next.done === true) return undefined;
      const isFlushDue = append(next.value);
      tally.records++;
      if (isFlushDue) return true;
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `record ${tally.records + 1} of the batch cannot be encoded: ${why}`;
    throw new SewerError(fileStoreErrors.recordInvalid, message, {
      scope: "batch",
      retry: "permanent",
      cause,
    });
  }
}

/** Joins pieces until they have `bytesMin` bytes; larger ones pass as they are. No empty piece comes out. */
export async function* inChunks(
  pieces: AsyncIterable<Buffer>,
  bytesMin: number,
): AsyncGenerator<Buffer, void, undefined> {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  for await (const piece of pieces) {
    waiting.push(piece);
    waitingBytes += piece.length;
    if (waitingBytes < bytesMin) continue;
    yield waiting.length === 1 ? piece : Buffer.concat(waiting, waitingBytes);
    waiting = [];
    waitingBytes = 0;
  }
  if (waitingBytes > 0) yield Buffer.concat(waiting, waitingBytes);
}

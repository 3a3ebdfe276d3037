import type { Clock } from "@sewer/core";
import type { RetryState } from "@sewer/retry";
import type { InspectedBatch } from "@sewer/spool";
import { ageText, lineText } from "./plain-text.ts";

/** A batch that was tried and not delivered. */
export interface FailedBatch {
  readonly spool: string;
  readonly batch: InspectedBatch;
  /** What is known of its attempts; a batch in quarantine has none any more. */
  readonly attempts: RetryState | undefined;
}

/** How failed batches are written. */
export interface RetryLines {
  readonly head: readonly string[];
  batch(failed: FailedBatch): string;
}

/** One JSON object a line. */
export function retryJson(clock: Clock): RetryLines {
  return {
    head: [],
    batch({ spool, batch: { state, sink, batchId, path, records, bytes, firstMs, reason }, attempts }) {
      return JSON.stringify({
        type: "batch",
        spool,
        state,
        sink,
        batch: batchId,
        path,
        records,
        bytes,
        firstMs: firstMs ?? null,
        ageMs: firstMs === undefined ? null : Math.max(0, clock.now() - firstMs),
        attempts: attempts?.attempts ?? null,
        unfinished: attempts?.unfinished ?? null,
        ownFailures: attempts?.batchFailures ?? null,
        firstFailureMs: attempts?.firstFailureMs ?? null,
        nextDueMs: attempts?.nextDueMs ?? null,
        lastError: attempts?.lastError ?? null,
        reason: reason ?? null,
      });
    },
  };
}

const columns = ["STATE", "SINK", "BATCH", "AGE", "ATTEMPTS", "NEXT", "LAST ERROR"] as const;

/** A table for people. */
export function retryTable(clock: Clock): RetryLines {
  return {
    head: [row(columns)],
    batch({ batch: { state, sink = "-", batchId, firstMs, reason = "" }, attempts }) {
      const age = firstMs === undefined ? "-" : ageText(clock.now() - firstMs);
      const error = attempts?.lastError;
      const last = error === undefined ? attempts && endedAmid(attempts) : `${error.code}: ${error.message}`;
      const count = attempts === undefined ? "-" : String(attempts.attempts);
      const next = attempts === undefined ? "never" : nextText(attempts, clock);
      return row([state, sink, batchId, age, count, next, lineText(last ?? reason)]);
    },
  };
}

/** Without a time of its own it goes when its sink takes batches again. */
function nextText({ nextDueMs }: RetryState, clock: Clock): string {
  if (nextDueMs === undefined) return "its turn";
  return nextDueMs <= clock.now() ? "now" : `in ${ageText(nextDueMs - clock.now())}`;
}

function endedAmid({ unfinished }: RetryState): string {
  return `the server ended during ${unfinished} attempts`;
}

function row([state, sink, batch, age, attempts, next, error]: readonly [...Row]): string {
  const left = [state.padEnd(11), sink.padEnd(10), batch.padEnd(35)];
  const right = [age.padStart(8), attempts.padStart(8), next.padStart(10)];
  return [...left, ...right, error].join("  ").trimEnd();
}

type Row = [string, string, string, string, string, string, string];

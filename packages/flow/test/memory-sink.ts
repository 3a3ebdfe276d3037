import { recordsOf, SewerError, type Batch, type JsonObject, type Receipt } from "@sewer/core";
import type { ErrorRetry, ErrorScope, SegmentInfo, Sink } from "@sewer/core";

/** What an attempt does instead of succeeding: fails so, or hangs until it is aborted. */
export type Fault =
  | { readonly scope: ErrorScope; readonly retry: ErrorRetry; readonly code?: string }
  | "hang";

/** A sink that keeps batches in memory, by id, and fails as the test says. */
export class MemorySink implements Sink {
  readonly capabilities = { atomicPublish: true, idempotentRedelivery: true };
  /** Records by batch id: each is there whole or not at all. */
  readonly batches = new Map<string, readonly string[]>();
  /** Batch ids in the order of their attempts. */
  readonly attempts: string[] = [];
  opens = 0;
  closes = 0;
  running = 0;
  runningMax = 0;
  /** Asked at the begin of each attempt. */
  fault: (batch: Batch) => Fault | undefined = () => undefined;
  /** Asked at each open. */
  openFault: () => Fault | undefined = () => undefined;

  plan(segment: SegmentInfo): JsonObject {
    return { path: `/memory/${segment.batchId}` };
  }

  async open(signal: AbortSignal): Promise<void> {
    this.opens += 1;
    await suffer(this.openFault(), signal);
  }

  async deliver(batch: Batch, signal: AbortSignal): Promise<Receipt> {
    this.attempts.push(batch.id);
    this.running += 1;
    this.runningMax = Math.max(this.runningMax, this.running);
    try {
      await suffer(this.fault(batch), signal);
      const records: string[] = [];
      for await (const frame of batch.frames(signal)) {
        for (const record of recordsOf(frame.payload)) records.push(record.toString("utf8"));
      }
      this.batches.set(batch.id, records);
      const bytes = records.reduce((sum, record) => sum + Buffer.byteLength(record), 0);
      return { destination: `/memory/${batch.id}`, records: records.length, bytes };
    } finally {
      this.running -= 1;
    }
  }

  async close(): Promise<void> {
    this.closes += 1;
  }

  /** Everything that was delivered, sorted. */
  get records(): string[] {
    return [...this.batches.values()].flat().sort();
  }
}

async function suffer(fault: Fault | undefined, signal: AbortSignal): Promise<void> {
  if (fault === undefined) return;
  if (fault !== "hang") {
    throw new SewerError(fault.code ?? "SEWER_TEST_FAULT", "the test says so", fault);
  }
  await new Promise<never>((_, reject) => {
    const abort = (): void => reject(new SewerError("SEWER_TEST_ABORTED", "aborted"));
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
  });
}

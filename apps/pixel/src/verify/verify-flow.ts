import { isSewerError, type FileSystem, type Receipt, type SewerError, type Sink } from "@sewer/core";
import type { ReceiptFinding, VerifyReceiptOptions } from "@sewer/file-store";
import { readReceipts, type InspectedBatch } from "@sewer/spool";
import { Accounting } from "./accounting.ts";

/** A sink that can compare its destination with a receipt. */
interface ReceiptVerifier {
  verifyReceipt(receipt: Receipt, options: VerifyReceiptOptions): Promise<ReceiptFinding>;
}

/** What was found of one receipt. `unverified`: its sink cannot compare, is not configured, or does not answer. */
export interface VerifiedReceipt {
  readonly sink: string;
  readonly batchId: string;
  readonly receipt: Receipt;
  /** Epoch milliseconds. */
  readonly deliveredMs: number;
  readonly finding: ReceiptFinding | { readonly kind: "unverified"; readonly text: string };
}

/** What {@link verifyFlow} works with. */
export interface VerifyFlowOptions {
  readonly spoolDir: string;
  readonly sinks: ReadonlyMap<string, Sink>;
  /** Only this sink's receipts. */
  readonly sink?: string | undefined;
  /** Only receipts of this time or later, epoch milliseconds. */
  readonly sinceMs?: number | undefined;
  readonly isQuick: boolean;
  readonly fs: FileSystem;
  /** Told of each receipt, in turn. */
  readonly verified: (receipt: VerifiedReceipt) => Promise<void>;
  /** Told of each batch in quarantine. */
  readonly quarantined: (batch: InspectedBatch) => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Compares the receipts of a spool with the destinations, one after the other, and sums up where every record is.
 * A destination that cannot be asked once is not asked again. Reads only; may run beside the flow.
 *
 * @returns the sums, and why sinks could not be asked.
 * @throws SewerError when the spool cannot be read.
 */
export async function verifyFlow(
  options: VerifyFlowOptions,
): Promise<{ readonly accounting: Accounting; readonly unreachable: ReadonlyMap<string, SewerError> }> {
  const { spoolDir, fs, sinceMs, signal } = options;
  const isMeant = (sink: string | undefined): boolean => options.sink === undefined || sink === options.sink;
  const accounting = new Accounting(async (batch) => {
    if (isMeant(batch.sink)) await options.quarantined(batch);
  });
  const unreachable = new Map<string, SewerError>();
  await accounting.look(spoolDir, fs);
  for await (const entry of readReceipts(spoolDir, { fs, sinceMs, signal })) {
    const { sink, batchId, delivered: receipt, recordsLost, timeMs } = entry;
    if (!isMeant(sink) || accounting.isHeld(sink, batchId)) continue;
    accounting.lost(sink, recordsLost);
    if (receipt === undefined) continue;
    accounting.delivered(sink, receipt);
    const finding = await findingOf(receipt, sink, options, unreachable);
    await options.verified({ sink, batchId, receipt, deliveredMs: timeMs, finding });
  }
  return { accounting, unreachable };
}

async function findingOf(
  receipt: Receipt,
  name: string,
  { sinks, isQuick, signal }: VerifyFlowOptions,
  unreachable: Map<string, SewerError>,
): Promise<VerifiedReceipt["finding"]> {
  const sink = sinks.get(name);
  if (sink === undefined) return { kind: "unverified", text: `the config has no sink ${name}` };
  if (!isVerifier(sink)) return { kind: "unverified", text: `sink ${name} cannot be verified` };
  const known = unreachable.get(name);
  if (known !== undefined) return { kind: "unverified", text: known.message };
  try {
    return await sink.verifyReceipt(receipt, { isQuick, signal });
  } catch (error) {
    if (!isSewerError(error)) throw error;
    unreachable.set(name, error);
    return { kind: "unverified", text: error.message };
  }
}

function isVerifier(sink: Sink): sink is Sink & ReceiptVerifier {
  return "verifyReceipt" in sink && typeof sink.verifyReceipt === "function";
}

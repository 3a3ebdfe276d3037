import { setInterval } from "node:timers/promises";
import { DeliveryHalf, type DeliveryHalfOptions, type DeliveryStatus } from "@sewer/flow";
import { inspectSpool, requeueBatches } from "@sewer/spool";
import { Accounting, type SinkAccounts } from "../verify/accounting.ts";

/** How often it is told how far it has come. */
const tellEveryMs = 500;

/** What {@link replaySpool} works with. */
export interface ReplayOptions extends DeliveryHalfOptions {
  /** True: what these sinks have in quarantine is delivered, too. */
  readonly withQuarantine: boolean;
  /** How long it may take, in milliseconds; Infinity: until nothing can be delivered. */
  readonly deliverMs: number;
  /** Told now and then. */
  readonly progress: (status: DeliveryStatus) => void;
  /** Ends it cleanly. */
  readonly signal: AbortSignal;
}

/** What a replay came to. */
export interface ReplayResult {
  readonly status: DeliveryStatus;
  /** What is left on disk, by sink, those that were not asked for too. */
  readonly left: readonly (readonly [sink: string, accounts: SinkAccounts])[];
  readonly elsewhere: Accounting["elsewhere"];
}

/**
 * Delivers what lies in a spool directory, in the foreground, and looks what is left. Nothing is ever dropped to
 * make room. The directory's own lock is held.
 *
 * @throws SewerError `SEWER_SPOOL_NOT_A_SPOOL`, `SEWER_SPOOL_LOCKED` and whatever a drain may throw.
 */
export async function replaySpool(options: ReplayOptions): Promise<ReplayResult> {
  const { spoolDir, fs, sinks, spool, signal, deliverMs } = options;
  // Before a drain makes a spool of any directory.
  await leftIn(options);
  if (options.withQuarantine) for (const sink of sinks.keys()) await requeueAll(options, sink);
  const half = new DeliveryHalf({ ...options, spool: { ...spool, onFull: "refuse" } });
  await half.open();
  half.start();
  const ended = new AbortController();
  const telling = tell(half, options, ended.signal);
  try {
    await half.close({ deliverMs, signal });
  } finally {
    ended.abort();
    await telling;
  }
  const accounting = await leftIn({ spoolDir, fs });
  return { status: half.status(), left: accounting.sinks(), elsewhere: accounting.elsewhere };
}

async function leftIn({ spoolDir, fs }: Pick<ReplayOptions, "spoolDir" | "fs">): Promise<Accounting> {
  const accounting = new Accounting(async () => {});
  await accounting.look(spoolDir, fs);
  return accounting;
}

async function requeueAll({ spoolDir, fs }: ReplayOptions, sink: string): Promise<void> {
  const batchIds: string[] = [];
  for await (const { state, sink: room, batchId } of inspectSpool(spoolDir, { fs })) {
    if (state === "quarantined" && room === sink) batchIds.push(batchId);
  }
  if (batchIds.length > 0) await requeueBatches(spoolDir, batchIds, { fs, sink });
}

async function tell(half: DeliveryHalf, { progress }: ReplayOptions, ended: AbortSignal): Promise<void> {
  try {
    for await (const _ of setInterval(tellEveryMs, undefined, { signal: ended })) progress(half.status());
  } catch (error) {
    if (!ended.aborted) throw error;
  }
}

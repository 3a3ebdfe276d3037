import type { InspectedBatch } from "@sewer/spool";
import { sealedRecords, type Accounting, type SinkAccounts } from "../verify/accounting.ts";
import type { VerifiedReceipt } from "../verify/verify-flow.ts";
import { lineText } from "./plain-text.ts";

/** Receipts of one sink by what was found, and where its records are. */
export interface SinkTotals {
  readonly flow: string;
  readonly sink: string;
  readonly findings: Readonly<Record<VerifiedReceipt["finding"]["kind"], number>>;
  readonly accounts: SinkAccounts;
  /** False when only a part of the receipts was read. */
  readonly isWhole: boolean;
}

/** How a verification is written; undefined: no line. */
export interface VerifyLines {
  receipt(flow: string, verified: VerifiedReceipt): string | undefined;
  quarantined(flow: string, batch: InspectedBatch): string;
  sink(totals: SinkTotals): readonly string[];
  elsewhere(flow: string, accounting: Accounting): readonly string[];
}

/** One JSON object a line: each receipt, each batch in quarantine, then the totals of sinks and flow. */
export const verifyJson: VerifyLines = {
  receipt: (flow, { sink, batchId, receipt, deliveredMs, finding }) =>
    JSON.stringify({
      type: "receipt",
      flow,
      sink,
      batch: batchId,
      finding: finding.kind,
      message: "text" in finding ? finding.text : null,
      destination: receipt.destination,
      records: receipt.records,
      bytes: receipt.bytes,
      checksum: receipt.checksum ?? null,
      deliveredMs,
    }),
  quarantined: (flow, { sink, batchId, path, records, bytes, reason = null }) =>
    JSON.stringify({ type: "quarantined", flow, sink, batch: batchId, path, records, bytes, reason }),
  sink: ({ flow, sink, findings, accounts, isWhole }) => [
    JSON.stringify({
      type: "sink",
      flow,
      sink,
      findings,
      ...accounts,
      recordsSealed: isWhole ? sealedRecords(accounts) : null,
    }),
  ],
  elsewhere: (flow, { elsewhere }) => [JSON.stringify({ type: "flow", flow, ...elsewhere })],
};

/** For people: what differs, then the sums. */
export const verifyTable: VerifyLines = {
  receipt(_flow, { sink, batchId, finding }) {
    if (finding.kind === "same") return undefined;
    return row(finding.kind, sink, batchId, finding.text);
  },
  quarantined: (_flow, { sink = "-", batchId, reason = "" }) => row("quarantined", sink, batchId, reason),
  sink({ flow, sink, findings, accounts, isWhole }) {
    const { delivered, onDisk, quarantined, recordsLost } = accounts;
    const { same, unverified, ...others } = findings;
    const differences = Object.entries(others).filter(([, count]) => count > 0);
    const found = [
      `${same} as their receipts say`,
      ...differences.map(([kind, count]) => `${count} ${kind}`),
      ...(unverified > 0 ? [`${unverified} not verified`] : []),
    ];
    const sum = `${delivered.records} delivered + ${onDisk.records} on disk + ${quarantined.records} quarantined + ${recordsLost} lost`;
    return [
      `flow ${flow}, sink ${sink}: ${delivered.batches} receipts: ${found.join(", ")}`,
      `  records: ${isWhole ? `${sealedRecords(accounts)} sealed = ` : ""}${sum}`,
    ];
  },
  elsewhere: (flow, { elsewhere }) =>
    Object.entries(elsewhere)
      .filter(([, { batches }]) => batches > 0)
      .map(
        ([state, { batches, records }]) => `flow ${flow}, ${state}: ${batches} batches, ${records} records`,
      ),
};

function row(kind: string, sink: string, batch: string, text: string): string {
  return [kind.padEnd(11), sink.padEnd(10), batch.padEnd(35), lineText(text)].join("  ").trimEnd();
}

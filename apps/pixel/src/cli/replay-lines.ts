import type { ReplayResult } from "../replay/replay-spool.ts";
import { lineText } from "./plain-text.ts";

/** One JSON object a line: each sink, then what no sink could be given. */
export function* replayJson(flow: string, { status, left, elsewhere }: ReplayResult): Generator<string> {
  const onDisk = new Map(left);
  for (const { name, delivered, deliveredRecords, quarantined, lastFailure } of status.sinks) {
    yield JSON.stringify({
      type: "sink",
      flow,
      sink: name,
      delivered,
      deliveredRecords,
      quarantined,
      left: onDisk.get(name)?.onDisk.batches ?? 0,
      inQuarantine: onDisk.get(name)?.quarantined.batches ?? 0,
      lastFailure: lastFailure ?? null,
    });
  }
  yield JSON.stringify({ type: "flow", flow, ...elsewhere });
}

/** For people. */
export function* replayText(flow: string, { status }: ReplayResult): Generator<string> {
  for (const { name, delivered, deliveredRecords, quarantined, lastFailure } of status.sinks) {
    yield `flow ${flow}, sink ${name}: ${delivered} batches delivered (${deliveredRecords} records), ${quarantined} moved to quarantine`;
    if (lastFailure !== undefined)
      yield `  last failure: ${lastFailure.code}: ${lineText(lastFailure.message)}`;
  }
}

/** Why the directory is not empty, with what to do; of one sink only, when it was asked for. */
export function whatIsLeft({ status, left, elsewhere }: ReplayResult, sink: string | undefined): string[] {
  const lines: string[] = [];
  const known = new Set(status.sinks.map(({ name }) => name));
  for (const [name, { onDisk, quarantined }] of left) {
    if (sink !== undefined && name !== sink) continue;
    if (onDisk.batches > 0) {
      const advice = known.has(name) ? "run it again" : `the flow has no sink ${name}; configure it`;
      lines.push(`${onDisk.batches} batches (${onDisk.records} records) wait for sink ${name}: ${advice}`);
    }
    if (quarantined.batches > 0) {
      lines.push(
        `${quarantined.batches} batches (${quarantined.records} records) are in quarantine of sink ${name}: see "sewer retry ls", then --quarantine`,
      );
    }
  }
  for (const { flow, sink: name, batches } of status.unconfigured) {
    if (sink === undefined || sink === name) {
      lines.push(
        `${batches} of them are of flow ${flow} for its sink ${name}, which was not asked for: --flow and --sink choose`,
      );
    }
  }
  if (sink !== undefined) return lines;
  const others = {
    open: "a server still writes them, or they could not be read",
    damaged: 'no sink is known for them; "sewer cat" prints what can be read',
    newer: "a newer version wrote them; use that one",
  } as const;
  for (const state of ["open", "damaged", "newer"] as const) {
    const { batches } = elsewhere[state];
    if (batches > 0) lines.push(`${batches} batches are ${state}: ${others[state]}`);
  }
  return lines;
}

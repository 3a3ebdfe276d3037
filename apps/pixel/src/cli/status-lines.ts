import type { SpoolWriterStatistics } from "@sewer/spool";
import type { FlowReport, SinkReport, StatusReport } from "../admin/status.ts";
import type { ConfigStatus } from "../runtime/reloader.ts";
import type { ProcessStatus } from "../processes/process-status.ts";
import { lineText, sizeText } from "./plain-text.ts";

/** A server's status for people. */
export function* statusLines(report: StatusReport): Generator<string> {
  const { version, hostname, pid, processes = [], flows } = report;
  yield `sewer ${lineText(version)} on ${lineText(hostname)}, process ${pid}`;
  if (report.config) yield* configLines(report.config);
  for (const process of processes) yield* processLines(process);
  for (const flow of flows) yield* flowLines(flow);
}

function* configLines({ file, generation, sinceMs, lastReload }: ConfigStatus): Generator<string> {
  yield `config ${lineText(file)}, generation ${generation} since ${timeText(sinceMs)}`;
  if (!lastReload || lastReload.problems.length === 0) return;
  const { outcome, atMs, problems } = lastReload;
  yield `  reload ${outcome.toUpperCase()} ${timeText(atMs)}: ${problems.map(lineText).join("; ")}`;
}

function* processLines({
  name,
  state,
  pid,
  restarts,
  lastEnd,
  nextStartMs,
}: ProcessStatus): Generator<string> {
  // JSON has null where the status has nothing.
  const which = typeof pid === "number" ? `, process ${pid}` : "";
  yield `process ${lineText(name)}: ${state}${which}, ${restarts} restarts`;
  if (lastEnd) {
    const { signal, code, reason, atMs } = lastEnd;
    const how = signal ? `signal ${lineText(signal)}` : `exit code ${code}`;
    yield `  last end ${timeText(atMs)}: ${how}${reason ? `: ${lineText(reason)}` : ""}`;
  }
  if (typeof nextStartMs === "number") yield `  next start ${timeText(nextStartMs)}`;
}

function* flowLines({ name, state, source, spool, sinks, unconfigured }: FlowReport): Generator<string> {
  yield `flow ${name}: ${state}`;
  const refused = Object.values(source.refused).reduce((sum, count) => sum + count, 0);
  yield `  source: ${source.requests} requests, ${source.served} answered 204, ${refused} refused, ${source.connections} connections`;
  if (spool.failure) yield `  spool FAILED: ${lineText(spool.failure)}`;
  const used = spool.writer ? `, ${sizeText(spool.writer.bytesUsed)} used` : "";
  yield `  spool: ${spool.dir}${used}`;
  if (spool.writer?.obstacle) yield `  spool HAS NO ROOM: ${noRoom(spool.writer.obstacle, spool.drain)}`;
  for (const sink of sinks) {
    yield* sinkLines(sink);
    const batches = spool.drain?.sinks[sink.name];
    if (batches === undefined) continue;
    const { onDisk, quarantined } = batches;
    yield `    on disk ${onDisk.batches} batches, ${onDisk.records} records, ${sizeText(onDisk.bytes)}; quarantined since the start ${quarantined.batches}`;
  }
  for (const { sink, flow, batches } of unconfigured) {
    yield `  sink ${lineText(sink)} of flow ${lineText(flow)} is not configured: ${batches} batches wait for it`;
  }
}

function* sinkLines(sink: SinkReport): Generator<string> {
  const { name, isOpen, isFailing, breaker, waiting, running, delivered, deliveredRecords } = sink;
  const state = isFailing ? "failing" : isOpen ? "open" : "opening";
  yield `  sink ${name}: ${state}, ${waiting} waiting, ${running} running, ${delivered} batches delivered (${deliveredRecords} records)`;
  if (breaker !== "closed") yield `    breaker ${breaker}`;
  yield `    ${undelivered(sink)}`;
  const { lastFailure, nextAttemptMs } = sink;
  if (lastFailure) {
    yield `    last failure ${timeText(lastFailure.atMs)}: ${lastFailure.code}: ${lineText(lastFailure.message)}`;
  }
  // JSON has null where the status has nothing.
  if (typeof nextAttemptMs === "number") yield `    next attempt ${timeText(nextAttemptMs)}`;
}

type Obstacle = NonNullable<SpoolWriterStatistics["obstacle"]>;

const obstacleTexts: Readonly<Record<Obstacle, string>> = {
  budget: "spool.maxBytes is used up",
  floor: "the disk has less than spool.minFree left",
  disk: "the disk refuses writes",
  failed: "a sync failed, mend the disk and restart",
};

/** Sinks share the room of a flow: the one that has got least holds it. */
function noRoom(obstacle: Obstacle, drain: FlowReport["spool"]["drain"]): string {
  const kept = Object.entries(drain?.sinks ?? {}).map(([sink, { onDisk }]) => ({ sink, ...onDisk }));
  const [most] = kept.sort((a, b) => b.bytes - a.bytes);
  if (most === undefined || most.bytes === 0) return obstacleTexts[obstacle];
  return `${obstacleTexts[obstacle]}; ${sizeText(most.bytes)} wait for sink ${lineText(most.sink)}`;
}

function undelivered({ oldestUndeliveredMs, oldestUndeliveredDirectory }: SinkReport): string {
  if (oldestUndeliveredMs === null) return "nothing undelivered";
  if (oldestUndeliveredMs === 0)
    return "oldest undelivered: not known yet, the spool is being looked through";
  const where =
    oldestUndeliveredDirectory === null ? "" : `, goes to ${lineText(oldestUndeliveredDirectory)}`;
  return `oldest undelivered: ${timeText(oldestUndeliveredMs)}${where}`;
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}

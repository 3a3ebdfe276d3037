import type { Hdfs, HdfsFileStatus } from "@sewer/hdfs-testbed";
import type { SinkStatistics } from "@sewer/spool";
import type { Fault } from "./fault.ts";
import type { PixelServer, ReceiptLine } from "./pixel-server.ts";
import { Trial, type TrialOptions } from "./trial.ts";
import { countEvents, isHidden, partialFiles, wrongAccount } from "./verdict.ts";
import type { Account, EventCounts } from "./verdict.ts";

/** A trial that came to its end: only its events are not counted yet. */
export interface TrialResult {
  readonly name: string;
  /** From the beginning of the healing until everything was delivered, in seconds. */
  readonly healSeconds: number;
  /** Uploads that were begun. */
  readonly attempts: number;
  /** Batches in quarantine. */
  readonly quarantined: number;
  /** Files that hold its events, as paths in HDFS. */
  readonly files: readonly string[];
  /** Sentences; none when all is as it has to be. */
  readonly broken: readonly string[];
  /** Counts them in what Hadoop's reader found, in the files of all trials: each event and how often. */
  readonly count: (delivered: ReadonlyMap<string, number>) => EventCounts;
}

/** How many more 204s have to come while the fault lasts: nobody at the pixel port notices it. */
const answersInFault = 20;

/**
 * Runs a fault: events flow, the fault is made and healed, everything is delivered, everything is compared.
 *
 * @throws when something does not come in time; the message says what, and how the sink stood.
 */
export async function runTrial(options: TrialOptions): Promise<TrialResult> {
  const trial = await Trial.create(options);
  try {
    return await run(trial);
  } catch (error) {
    await trial.mend().catch(() => {});
    for (const server of trial.servers) await server.kill();
    const log = trial.servers.map((server) => server.log.slice(-6000)).join("\n");
    throw new Error(`${trial.fault.name}: ${String(error)}\nthe end of the server's log:\n${log}`, {
      cause: error,
    });
  } finally {
    await trial.close();
  }
}

async function run(trial: Trial): Promise<TrialResult> {
  const { fault, server } = trial;
  await fault.prepare?.(trial);
  await server.start();
  await trial.delivered(1);
  await fault.make(trial);
  if (server.isUp) await trial.answered(answersInFault);
  const healedMs = performance.now();
  await fault.heal?.(trial);
  await trial.mend();
  await trial.answered(answersInFault);
  for (const one of trial.servers) await one.stopLoad();
  await trial.settled();
  const healSeconds = (performance.now() - healedMs) / 1000;
  await trial.swept();
  await trial.watch.stop();
  const broken = [...((await fault.check?.(trial)) ?? []), ...(await wrongAccounts(trial))];
  for (const one of trial.servers) if (one.isUp) await one.stop();
  const found = await filesBelow(trial.hdfs, trial.root);
  for (const one of trial.servers) {
    const left = [...one.batchFiles("w"), ...one.batchFiles("q")];
    if (left.length > 0) broken.push(`after a clean stop the spool has ${left.join(", ")}`);
  }
  broken.push(...atRest(trial, found));
  const { servers } = trial;
  const quarantined = servers.map((one) => one.eventsIn(one.quarantined("main")));
  const quarantinedEvents = (await Promise.all(quarantined)).flat();
  const receipts = servers.flatMap((one) => one.receipts()).filter(({ sink }) => sink === "main");
  const loads = servers.flatMap((one) => one.loads);
  const inQuarantine = ["main", "other"].flatMap((sink) => servers.flatMap((one) => one.quarantined(sink)));
  return {
    name: fault.name,
    healSeconds,
    attempts: trial.attempts,
    quarantined: inQuarantine.length,
    files: [...found.keys()].filter((path) => !isHidden(nameOf(path)) && !trial.planted.has(path)),
    broken,
    count: (delivered) =>
      countEvents({ loads, delivered, quarantined: quarantinedEvents, receipts: uniqueBatches(receipts) }),
  };
}

/** What can be told without looking into the files. */
function atRest(trial: Trial, found: ReadonlyMap<string, HdfsFileStatus>): string[] {
  const { watch, servers, fault, planted, out } = trial;
  const listings = watch.listings.map((listing) =>
    listing.filter(({ pathSuffix }) => !planted.has(`${out}/${pathSuffix}`)),
  );
  const paths = [...found.keys()];
  const lengths = new Map([
    ...trial.consumed,
    ...[...found.values()].map(({ fileId, length }) => [fileId, length] as const),
  ]);
  const left = paths.filter((path) => isHidden(nameOf(path)) && !planted.has(path));
  const receipts = servers.flatMap((server) => server.receipts());
  const short = receipts.filter(({ destination, bytes }) => {
    const there = found.get(new URL(destination).pathname);
    return there !== undefined && there.length !== bytes;
  });
  return [
    ...partialFiles({ listings, lengths }),
    ...left.map((path) => `${path} is left`),
    ...short.map(({ destination, bytes }) => `${destination} has not the ${bytes} bytes of its receipt`),
    ...servers
      .flatMap(({ loads }) => loads)
      .flatMap(({ refused }) => [...refused.keys()].map((status) => `a request was answered ${status}`)),
    ...(watch.looks > 0 ? [] : ["nobody looked at the directory"]),
    ...wrongQuarantine(servers, fault.quarantined),
  ];
}

function wrongQuarantine(servers: readonly PixelServer[], expected: Fault["quarantined"]): string[] {
  const counts = { main: 0, other: 0 };
  for (const server of servers) {
    counts.main += server.quarantined("main").length;
    counts.other += server.quarantined("other").length;
  }
  const isRight =
    counts.main === (expected === "one of main" ? 1 : 0) &&
    counts.other > 0 === (expected === "all of other");
  return isRight ? [] : [`in quarantine: ${JSON.stringify(counts)}`];
}

async function wrongAccounts({ servers, fault }: Trial): Promise<string[]> {
  const broken: string[] = [];
  for (const server of servers) {
    if (!server.isUp) continue;
    const { spool } = await server.status();
    for (const [sink, statistics] of Object.entries(spool.drain?.sinks ?? {})) {
      const account = accountOf(statistics);
      broken.push(...wrongAccount(account).map((text) => `sink ${sink}: ${text}`));
      const isOther = sink === "other" && fault.quarantined === "all of other";
      if (isOther && account.delivered > 0)
        broken.push(`sink other has delivered ${account.delivered} records`);
    }
  }
  return broken;
}

function accountOf({ taken, delivered, onDisk, quarantined, recordsLost }: SinkStatistics): Account {
  return {
    taken: taken.records,
    delivered: delivered.records,
    onDisk: onDisk.records,
    quarantined: quarantined.records,
    lost: recordsLost,
  };
}

/** Two servers may have delivered the same batch: it is at its destination once. */
function uniqueBatches(receipts: readonly ReceiptLine[]): ReceiptLine[] {
  return [...new Map(receipts.map((receipt) => [receipt.batch, receipt])).values()];
}

async function filesBelow(hdfs: Hdfs, directory: string): Promise<Map<string, HdfsFileStatus>> {
  const found = new Map<string, HdfsFileStatus>();
  for (const status of await hdfs.files.list(directory)) {
    // Of a file, too, there is a listing: itself, without a name.
    if (status.pathSuffix === "") continue;
    const path = `${directory}/${status.pathSuffix}`;
    if (status.type === "FILE") found.set(path, status);
    else for (const [child, childStatus] of await filesBelow(hdfs, path)) found.set(child, childStatus);
  }
  return found;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

import type { HdfsFileStatus } from "@sewer/hdfs-testbed";
import type { LoadResult } from "../e2e/load-client.ts";
import type { ReceiptLine } from "./pixel-server.ts";

/** What a reader saw of a trial's directory, and what there was in the end. */
export interface Sightings {
  /** Listings, each different from the one before. */
  readonly listings: readonly (readonly HdfsFileStatus[])[];
  /** All files of the trial in the end, by id. */
  readonly lengths: ReadonlyMap<number, number>;
}

/** Hidden from MapReduce, Hive and Spark. */
export function isHidden(name: string): boolean {
  return name.startsWith(".") || name.startsWith("_");
}

/** A file with a name that readers look at must be whole, from the first time that anybody can see it. */
export function partialFiles({ listings, lengths }: Sightings): string[] {
  const broken = new Set<string>();
  for (const { pathSuffix, type, fileId, length } of listings.flat()) {
    if (type !== "FILE" || isHidden(pathSuffix) || lengths.get(fileId) === length) continue;
    const end = lengths.get(fileId);
    broken.add(
      end === undefined
        ? `${pathSuffix} (id ${fileId}) was visible and is gone`
        : `${pathSuffix} was visible with ${length} bytes and has ${end}`,
    );
  }
  return [...broken];
}

/** Records of one sink, as its server counts them at rest. */
export interface Account {
  readonly taken: number;
  readonly delivered: number;
  readonly onDisk: number;
  readonly quarantined: number;
  readonly lost: number;
}

/** Taken = delivered + on disk + quarantined + lost; and nothing is on disk or lost in the end. */
export function wrongAccount(account: Account): string[] {
  const { taken, delivered, onDisk, quarantined, lost } = account;
  const isExact = taken === delivered + onDisk + quarantined + lost;
  if (isExact && onDisk === 0 && lost === 0) return [];
  return [`the account is wrong: ${JSON.stringify(account)}`];
}

/** What became of the events of one spool at one sink. */
export interface Whereabouts {
  readonly loads: readonly LoadResult[];
  /** How often each event is in the files of HDFS. */
  readonly delivered: ReadonlyMap<string, number>;
  /** Those in the sink's quarantine. */
  readonly quarantined: readonly string[];
  /** Of this sink. */
  readonly receipts: readonly ReceiptLine[];
}

/** What {@link countEvents} counts. */
export interface EventCounts {
  readonly lost: number;
  readonly duplicates: number;
  /** Events that are at the destination. */
  readonly found: number;
  readonly broken: readonly string[];
}

/** Every event that got a 204 has to be somewhere, none twice, and the receipts tell how many there are. */
export function countEvents({ loads, delivered, quarantined, receipts }: Whereabouts): EventCounts {
  const places = new Map<string, number>();
  const unanswered = loads.flatMap((load) => load.unanswered);
  const acknowledged = loads.flatMap((load) => load.acknowledged);
  let found = 0;
  for (const key of [...acknowledged, ...unanswered]) {
    const times = delivered.get(key) ?? 0;
    found += Math.min(times, 1);
    places.set(key, times);
  }
  for (const key of quarantined) places.set(key, (places.get(key) ?? 0) + 1);
  const lost = acknowledged.filter((key) => places.get(key) === 0);
  const duplicates = [...places].filter(([, times]) => times > 1).map(([key]) => key);
  const receipted = receipts.reduce((sum, { records }) => sum + records, 0);
  const broken = [
    ...(lost.length > 0 ? [`${lost.length} events are lost, such as ${lost[0]}`] : []),
    ...(duplicates.length > 0
      ? [`${duplicates.length} events are there twice, such as ${duplicates[0]}`]
      : []),
    ...(receipted === found ? [] : [`the receipts have ${receipted} records, the destination ${found}`]),
  ];
  return { lost: lost.length, duplicates: duplicates.length, found, broken };
}

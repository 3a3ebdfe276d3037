import { mkdtempSync, rmSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { noMetrics, silentLogger, systemClock, type Channel, type SettleableBatch } from "@sewer/core";
import { recordsOf } from "@sewer/core";
import { nodeFileSystem } from "@sewer/core/node";
import { seededRandom, type ManualClock } from "@sewer/testkit";
import { afterAll } from "vitest";
import {
  openDrain,
  openSpool,
  type Drain,
  type DrainOptions,
  type SpoolWriterOptions,
} from "../../src/index.ts";

const made: string[] = [];
let seed = 1;

/** A new directory that is deleted when the test file has run. */
export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), "sewer-spool-"));
  made.push(path);
  return path;
}

afterAll(() => {
  for (const path of made) rmSync(path, { recursive: true, force: true });
});

export const surroundings = {
  fs: nodeFileSystem,
  clock: systemClock,
  logger: silentLogger,
  metrics: noMetrics,
};

export const meta = Buffer.from('{"sinks":["main"]}');

export function writerOptions(dir: string, more: Partial<SpoolWriterOptions> = {}): SpoolWriterOptions {
  return {
    dir,
    meta: () => meta,
    durability: "interval",
    fsyncIntervalMs: 1000,
    rollEveryMs: 30_000,
    rollBytes: 512 * 1024 ** 2,
    rollAlign: false,
    maxBytes: 1024 ** 3,
    // The disk that tests run on may be nearly full.
    minFreeBytes: 0,
    onFull: "refuse",
    // Another row for every writer, as chance would have it: an incarnation never comes twice.
    random: seededRandom(seed++),
    ...surroundings,
    ...more,
  };
}

export function drainOptions(dir: string, more: Partial<DrainOptions> = {}): DrainOptions {
  return {
    dir,
    sinksOf: (bytes) => (JSON.parse(bytes.toString()) as { sinks: string[] }).sinks,
    receiptsKeepMs: 30 * 86_400_000,
    // Tests poke; a poll of its own would only add chance.
    pollEveryMs: 1_000_000,
    ...surroundings,
    ...more,
  };
}

/** Lets what waits for real files go on until `isDone`. */
export async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await new Promise((resolve) => setImmediate(resolve));
}

/**
 * Moves time on in small steps until `isDone`, but never while a call of `fs` is under way: a disk that is
 * slow today must not look like one that has been silent for seconds.
 */
export async function passTime(
  clock: ManualClock,
  isDone: () => boolean,
  fs: { readonly underWay: number },
): Promise<void> {
  while (!isDone()) {
    if (fs.underWay === 0) clock.advance(10);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Commits one record; throws when there is no room. */
export function append(channel: Channel, record: Uint8Array | string): number {
  const bytes = Buffer.from(record);
  const room = channel.reserve(bytes.length);
  if (typeof room === "string") throw new Error(`no room: ${room}`);
  bytes.copy(room.buffer, room.offset);
  return channel.commit(bytes.length);
}

/** Commits one record, waiting while the channel says so; false when it says `full`. */
export async function appendPatiently(channel: Channel, record: Uint8Array | string): Promise<boolean> {
  const bytes = Buffer.from(record);
  for (;;) {
    const room = channel.reserve(bytes.length);
    if (room === "full") return false;
    if (room !== "wait") {
      bytes.copy(room.buffer, room.offset);
      channel.commit(bytes.length);
      return true;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = channel.onRoom(resolve);
    await promise;
    end();
  }
}

/** Seals these records as one segment of a new writer. @returns the batch id. */
export async function sealRecords(
  dir: string,
  records: readonly (Uint8Array | string)[],
  more: Partial<SpoolWriterOptions> = {},
): Promise<string> {
  const writer = await openSpool(writerOptions(dir, more));
  for (const record of records) await appendPatiently(writer, record);
  await writer.close();
  return `${writer.incarnation}-00000001`;
}

const never = new AbortController().signal;

/** All records of a batch, as text. */
export async function textsOf(batch: SettleableBatch): Promise<string[]> {
  const texts: string[] = [];
  for await (const frame of batch.frames(never)) {
    for (const record of recordsOf(frame.payload)) texts.push(record.toString());
  }
  return texts;
}

/** Reads a batch and acknowledges it as a sink would. */
export async function deliver(batch: SettleableBatch): Promise<string[]> {
  const texts = await textsOf(batch);
  await batch.acknowledge({ destination: `/out/${batch.id}`, records: texts.length, bytes: 1 });
  return texts;
}

/** Everything that a drain gives out in its start, in order. */
export async function batchesOf(drain: Drain): Promise<SettleableBatch[]> {
  const batches: SettleableBatch[] = [];
  const end = drain.onBatch((batch) => batches.push(batch));
  await drain.started;
  end();
  return batches;
}

/** Opens a drain, delivers everything found at its start, closes it. @returns the records, batch by batch. */
export async function deliverAll(dir: string, more: Partial<DrainOptions> = {}): Promise<string[]> {
  const drain = await openDrain(drainOptions(dir, more));
  const texts: string[] = [];
  for (const batch of await batchesOf(drain)) texts.push(...(await deliver(batch)));
  assertAccounts(drain);
  await drain.close();
  return texts;
}

/** The accounting equation of every sink, in records, batches and so on. */
export function assertAccounts(drain: Drain): void {
  for (const [sink, one] of Object.entries(drain.statistics.sinks)) {
    const records = one.delivered.records + one.onDisk.records + one.quarantined.records + one.recordsLost;
    const { delivered, onDisk, quarantined, dropped } = one;
    const batches = delivered.batches + onDisk.batches + quarantined.batches + dropped.batches;
    if (records === one.taken.records && batches === one.taken.batches) continue;
    throw new Error(`the accounts of ${sink} do not add up: ${JSON.stringify(one)}`);
  }
}

/** Every path below a directory, relative, sorted; locks left out. */
export async function pathsBelow(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !/^(LOCK|DRAIN)/.test(entry.name));
  return files.map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1)).sort();
}

/** The receipt lines below a spool directory. */
export async function receiptsOf(dir: string): Promise<Record<string, unknown>[]> {
  const lines: Record<string, unknown>[] = [];
  for (const path of await pathsBelow(dir)) {
    if (!path.startsWith("receipts/")) continue;
    const text = await readFile(join(dir, path), "utf8");
    for (const line of text.split("\n").slice(0, -1)) lines.push(JSON.parse(line) as Record<string, unknown>);
  }
  return lines;
}

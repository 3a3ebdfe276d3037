/**
 * Runs a spool on a disk that is really full: what is committed before, while and after that, and what is
 * delivered. Nothing but the spool's own acknowledgements frees space.
 */
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { noMetrics, recordsOf, silentLogger, systemClock, systemRandom } from "@sewer/core";
import type { SettleableBatch } from "@sewer/core";
import { nodeFileSystem } from "@sewer/core/node";
import { openDrain, openSpool, type SpoolWriterOptions } from "../../src/index.ts";

const [disk, durability] = process.argv.slice(2) as [string, SpoolWriterOptions["durability"]];
const surroundings = {
  dir: join(disk, "spool"),
  fs: nodeFileSystem,
  clock: systemClock,
  random: systemRandom,
  logger: silentLogger,
  metrics: noMetrics,
};
const nextTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2));
async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await nextTurn();
}

// The spool's own timers do not keep a process alive.
const alive = setInterval(() => {}, 1000);

// The sink is away: batches come and stay.
const waiting: SettleableBatch[] = [];
let deliver: (batch: SettleableBatch) => void = (batch) => waiting.push(batch);
const sinksOf = (): string[] => ["main"];
const drain = await openDrain({ ...surroundings, sinksOf, receiptsKeepMs: 1e9, reserveBytes: 256 * 1024 });
drain.onBatch((batch) => deliver(batch));
await drain.started;

const writer = await openSpool({
  ...surroundings,
  meta: () => Buffer.from("{}"),
  durability,
  fsyncIntervalMs: 20,
  rollEveryMs: 60_000,
  rollBytes: 500_000,
  rollAlign: false,
  maxBytes: 1024 ** 3,
  // The floor would keep the disk from becoming really full.
  minFreeBytes: -(1024 ** 3),
  poolBytesMax: 1024 ** 2,
  onFull: "refuse",
});
writer.onSeal(() => drain.poke());
drain.onFreed(() => writer.measure());

let committed = 0;
function append(): boolean {
  const record = Buffer.from(`record ${committed};`.padEnd(1000, "x"));
  const room = writer.reserve(record.length);
  if (typeof room === "string") return false;
  record.copy(room.buffer, room.offset);
  committed = writer.commit(record.length);
  return true;
}

while (committed < 1000) if (!append()) await nextTurn();
await until(() => waiting.length >= 1);

// Somebody else fills the disk to the last byte.
const ballast = openSync(join(disk, "ballast"), "w");
for (let bytes = 64 * 1024; bytes >= 1;) {
  try {
    writeSync(ballast, Buffer.alloc(bytes, 1));
  } catch {
    bytes = Math.floor(bytes / 2);
  }
}
closeSync(ballast);
while (writer.statistics.refused.disk === 0) {
  while (append());
  await nextTurn();
}
const refused = { committed, durable: writer.durable, writeErrors: writer.statistics.writeErrors };

// The sink is back.
const got: string[] = [];
async function settle(batch: SettleableBatch): Promise<void> {
  const texts: string[] = [];
  for await (const frame of batch.frames(new AbortController().signal)) {
    for (const record of recordsOf(frame.payload)) texts.push(record.toString().split(";")[0]!);
  }
  // What the disk refuses is tried again, as a delivery would be.
  const receipt = { destination: "/out", records: texts.length, bytes: 1 };
  while (
    !(await batch.acknowledge(receipt).then(
      () => true,
      () => false,
    ))
  )
    await nextTurn();
  got.push(...texts);
}
deliver = (batch) => void settle(batch);
for (const batch of waiting) await settle(batch);
const goal = committed + 100;
while (committed < goal) if (!append()) await nextTurn();
await until(() => writer.durable === committed && writer.statistics.unwritten.records === 0);
await writer.close();
drain.poke();
await until(() => got.length >= committed);
await drain.close();
clearInterval(alive);
process.stdout.write(`${JSON.stringify({ refused, committed, got: got.length, once: new Set(got).size })}\n`);

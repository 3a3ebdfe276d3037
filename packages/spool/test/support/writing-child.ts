/** Writes numbered records as fast as the spool takes them, and prints how many a sync has covered. */
import { noMetrics, silentLogger, systemClock, systemRandom } from "@sewer/core";
import { nodeFileSystem } from "@sewer/core/node";
import { openSpool } from "../../src/index.ts";

const [dir, durability] = process.argv.slice(2);
const writer = await openSpool({
  dir: dir!,
  meta: () => Buffer.from('{"sinks":["main"]}'),
  durability: durability === "memory" ? "memory" : "interval",
  fsyncIntervalMs: 20,
  rollEveryMs: 150,
  rollBytes: 1024 ** 3,
  rollAlign: false,
  maxBytes: 1024 ** 3,
  onFull: "refuse",
  bufferBytes: 8192,
  clock: systemClock,
  random: systemRandom,
  fs: nodeFileSystem,
  logger: silentLogger,
  metrics: noMetrics,
});

let number = 0;
function write(): void {
  for (let i = 0; i < 50; i++) {
    const record = Buffer.from(`${number} ${"x".repeat(number % 300)}`);
    const room = writer.reserve(record.length);
    if (typeof room === "string") break;
    record.copy(room.buffer, room.offset);
    writer.commit(record.length);
    number += 1;
  }
  process.stdout.write(`synced ${writer.statistics.recordsSynced} of ${number}\n`);
  setTimeout(write, 1);
}
write();

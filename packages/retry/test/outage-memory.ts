/**
 * A long outage on a manual clock, in a process of its own: prints how many objects the heap holds after more
 * than two hours of it, and eight hours later.
 */
import { getHeapSnapshot } from "node:v8";
import { json } from "node:stream/consumers";
import { newQueue, sinkTemporary, takeNext } from "./bench.ts";

interface HeapSnapshot {
  readonly snapshot: { readonly node_count: number };
}

const hourMs = 3_600_000;

async function countObjects(): Promise<number> {
  const { snapshot } = (await json(getHeapSnapshot())) as HeapSnapshot;
  return snapshot.node_count;
}

const { queue, clock } = newQueue();
for (let count = 0; count < 1024; count += 1) queue.add(`batch ${count}`);

function suffer(untilMs: number): void {
  while (clock.monotonic() < untilMs) {
    const item = takeNext(queue, clock);
    if (item !== undefined) queue.failed(item, { ...sinkTemporary, code: "SEWER_TEST", message: "down" });
  }
}

// Each fails twice at least: what it remembers of its first and of its newest failure is there then.
suffer(2 * hourMs);
for (let count = 0; count < 2048; count += 1) {
  queue.failed(takeNext(queue, clock) ?? "", { ...sinkTemporary, code: "SEWER_TEST", message: "down" });
}
// The first snapshot makes objects itself.
await countObjects();
const before = await countObjects();
suffer(clock.monotonic() + 8 * hourMs);
const after = await countObjects();
process.stdout.write(JSON.stringify({ before, after, ...queue.breaker, waiting: queue.waiting }));

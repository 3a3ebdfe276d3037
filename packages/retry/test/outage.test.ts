import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { newQueue, sinkTemporary, takeNext } from "./bench.ts";

const run = promisify(execFile);

interface Count {
  readonly before: number;
  readonly after: number;
  readonly waiting: number;
}

test("eight more hours of outage retain nothing", async () => {
  const program = fileURLToPath(new URL("outage-memory.ts", import.meta.url));
  const { stdout } = await run(process.execPath, ["--conditions=@sewer/source", program]);
  const { before, after, waiting } = JSON.parse(stdout) as Count;
  expect(waiting).toBe(1024);
  // Code that is compiled on the way makes some; one an attempt would be over 900, one a batch over 1000.
  expect(after - before).toBeLessThan(800);
});

test("two hours of outage cost a dead cluster about one request in half a minute", () => {
  const { queue, clock } = newQueue();
  for (let count = 0; count < 1000; count += 1) queue.add(`batch ${count}`);
  let attempts = 0;
  for (; clock.monotonic() < 7_200_000; attempts += 1) {
    queue.failed(takeNext(queue, clock) ?? "", sinkTemporary);
  }
  // 240 are expected, of an even spread over [0, 60 s]; six standard deviations are 54.
  expect(attempts).toBeGreaterThan(180);
  expect(attempts).toBeLessThan(310);
  expect(queue.waiting).toBe(1000);
});

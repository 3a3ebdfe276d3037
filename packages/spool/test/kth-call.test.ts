import type { SettleableBatch } from "@sewer/core";
import { FaultFileSystem, type FaultVerdict, ManualClock } from "@sewer/testkit";
import { describe, expect, it } from "vitest";
import { openDrain, openSpool } from "../src/index.ts";
import { fastFileSystem } from "./support/fast-file-system.ts";
import {
  appendPatiently,
  assertAccounts,
  batchesOf,
  drainOptions,
  passTime,
  temporaryDirectory,
  textsOf,
  writerOptions,
} from "./support/spool.ts";

/** An idempotent destination: what it holds, by batch. */
class Destination {
  readonly batches = new Map<string, string>();

  async take(batch: SettleableBatch): Promise<void> {
    const texts = await textsOf(batch);
    const before = this.batches.get(batch.id);
    if (before !== undefined && before !== texts.join())
      throw new Error(`${batch.id} came with other content`);
    this.batches.set(batch.id, texts.join());
    await batch.acknowledge({ destination: "/out", records: texts.length, bytes: 1 });
  }
}

/** Writes, rolls, writes, closes, delivers, with the k-th call failing once. @returns how many calls there were. */
async function run(
  k: number,
  verdict: FaultVerdict,
): Promise<{ calls: number; committed: string[]; got: string[] }> {
  const dir = temporaryDirectory();
  const clock = new ManualClock();
  const fs = new FaultFileSystem(fastFileSystem);
  const destination = new Destination();
  const committed: string[] = [];
  fs.judge = (operation, _path, call) => {
    // A short write is a write that succeeds.
    const fits = verdict === undefined || !("shortTo" in verdict) || operation === "write";
    return call === k && fits ? verdict : undefined;
  };
  let isDone = false;
  const work = async (): Promise<void> => {
    const writer = await openSpool(writerOptions(dir, { fs, clock, bufferBytes: 64 }));
    for (const text of ["r1", "r2", "r3"]) if (await appendPatiently(writer, text)) committed.push(text);
    await writer.roll();
    for (const text of ["r4", "r5 is longer than a buffer can be, so it has a frame of its own"]) {
      if (await appendPatiently(writer, text)) committed.push(text);
    }
    await writer.close();
    expect(writer.durable).toBe(committed.length);
    const drain = await openDrain(drainOptions(dir, { fs, clock, pollEveryMs: 100 }));
    for (const batch of await batchesOf(drain)) await destination.take(batch).catch(() => {});
    await drain.close();
  };
  const end = work().finally(() => (isDone = true));
  await Promise.all([end.catch(() => {}), passTime(clock, () => isDone, fs)]);
  const last = await openDrain(drainOptions(dir, { fs: fastFileSystem }));
  for (const batch of await batchesOf(last)) await destination.take(batch);
  assertAccounts(last);
  await last.close();
  return { calls: fs.calls.length, committed, got: [...destination.batches.values()].join().split(",") };
}

describe("the k-th call of a run fails", () => {
  const verdicts: readonly [string, FaultVerdict][] = [
    ["EIO", { code: "EIO" }],
    ["ENOSPC", { code: "ENOSPC" }],
    ["EMFILE", { code: "EMFILE" }],
    ["a short write", { shortTo: 3 }],
  ];

  it.each(verdicts)(
    "%s: nothing committed is lost, nothing comes twice, for every k",
    async (name, verdict) => {
      for (let k = 1; ; k++) {
        const { calls, committed, got } = await run(k, verdict);
        const delivered = got.filter((text) => text !== "").sort();
        expect(delivered, `${name} at call ${k}`).toEqual(
          committed
            .map((text) => text.split(","))
            .flat()
            .sort(),
        );
        if (calls < k) break;
      }
    },
  );
});

/** Names that a process unlinked and did not sync before it died, and a power cut after the next start. */
import type { Random } from "@sewer/core";
import { ManualClock, seededRandom, SimDisk, type SimCall } from "@sewer/testkit";
import { describe, expect, it } from "vitest";
import { openDrain, openSpool } from "../../src/index.ts";
import { append, batchesOf, deliver, drainOptions, textsOf, writerOptions } from "../support/spool.ts";

const dir = "/spool";
/** With it a crash finds that no call under way has happened. */
const notInFlight: Random = { next: () => 0, bytes: (length) => new Uint8Array(length) };
const rest = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function sealedOn(disk: SimDisk): Promise<void> {
  const fs = disk.process();
  const options = { fs, locks: fs.locks, clock: new ManualClock() };
  const writer = await openSpool(writerOptions(dir, options));
  append(writer, "x");
  await writer.close();
}

/** Runs the delivery half until `isLast` is true for a call. @returns what `kill -9` leaves there. */
async function killAt(disk: SimDisk, isLast: (call: SimCall) => boolean): Promise<SimDisk> {
  let left: SimDisk | undefined;
  disk.onCall = (call) => {
    if (left !== undefined || !isLast(call)) return;
    left = disk.crash("kill", { random: notInFlight, order: "at-once" });
    disk.stop();
  };
  void startOn(disk);
  await rest();
  return left!;
}

/** A start that delivers everything. @returns the records. */
async function startOn(disk: SimDisk): Promise<string[]> {
  const fs = disk.process();
  const drain = await openDrain(drainOptions(dir, { fs, locks: fs.locks, clock: new ManualClock() }));
  const texts: string[] = [];
  for (const batch of await batchesOf(drain)) {
    await textsOf(batch);
    texts.push(...(await deliver(batch)));
  }
  await drain.close();
  return texts;
}

function powerCuts(disk: SimDisk): SimDisk[] {
  return Array.from({ length: 60 }, (_, seed) =>
    disk.crash("power-cut", { random: seededRandom(seed), order: "at-once" }),
  );
}

describe("after a process died between an unlink and its sync", () => {
  it("a batch that the next start delivers from its rooms does not come back in w/", async () => {
    const disk = new SimDisk({ random: seededRandom(1), order: "at-once" });
    await sealedOn(disk);
    let isUnlinked = false;
    const left = await killAt(disk, ({ operation, path }) => {
      if (operation === "unlink" && path.startsWith("/spool/w/") && path.endsWith(".seal")) isUnlinked = true;
      return isUnlinked && operation === "syncDirectory";
    });
    expect(await startOn(left)).toEqual(["x"]);
    for (const after of powerCuts(left)) expect(await startOn(after)).toEqual([]);
  });

  it("a batch that is done does not come back without its journal", async () => {
    const disk = new SimDisk({ random: seededRandom(1), order: "at-once" });
    await sealedOn(disk);
    let isUnlinked = false;
    const left = await killAt(disk, ({ operation, path }) => {
      if (operation === "unlink" && path.startsWith("/spool/q/main/")) isUnlinked = true;
      return isUnlinked && operation === "syncDirectory";
    });
    expect(await startOn(left)).toEqual([]);
    for (const after of powerCuts(left)) expect(await startOn(after)).toEqual([]);
  });
});

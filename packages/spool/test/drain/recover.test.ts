/** Calls that fail while a start takes over what it finds, on a disk that knows what a power cut would leave. */
import { ManualClock, seededRandom, SimDisk, type FaultOperation } from "@sewer/testkit";
import { describe, expect, it } from "vitest";
import type { SettleableBatch } from "@sewer/core";
import { openDrain, openSpool, spoolErrors, type Drain } from "../../src/index.ts";
import { append, assertAccounts, deliver, drainOptions, textsOf, writerOptions } from "../support/spool.ts";

const dir = "/spool";
const adoptEveryMs = 30_000;
const text = "x".repeat(2000);

interface Scene {
  readonly disk: SimDisk;
  readonly clock: ManualClock;
  readonly drain: Drain;
  /** Batches that were given out. */
  readonly batches: SettleableBatch[];
  /** Lets everything that is due happen. */
  later(): Promise<void>;
}

/** A disk with one record, by a writer that has sealed it or was killed when it was written and not synced. */
async function diskOf(state: "sealed" | "written"): Promise<SimDisk> {
  const disk = new SimDisk({ random: seededRandom(1), order: "at-once" });
  const clock = new ManualClock();
  const fs = disk.process();
  const writer = await openSpool(writerOptions(dir, { fs, locks: fs.locks, clock }));
  append(writer, text);
  if (state === "sealed") await writer.close();
  else clock.advance(10);
  await rest();
  return disk.crash("kill", { random: seededRandom(1), order: "at-once" });
}

/** A start with calls that fail once each, when `fails` says so. */
async function start(
  disk: SimDisk,
  fails: (operation: FaultOperation, path: string) => boolean,
): Promise<Scene> {
  const clock = new ManualClock();
  const fs = disk.process();
  disk.judge = (operation, path) => (fails(operation, path) ? { code: "EIO" } : undefined);
  const drain = await openDrain(drainOptions(dir, { fs, locks: fs.locks, clock, adoptEveryMs }));
  const batches: SettleableBatch[] = [];
  drain.onBatch((batch) => batches.push(batch));
  await drain.started;
  const later = async (): Promise<void> => {
    clock.advance(adoptEveryMs);
    drain.poke();
    await rest();
  };
  return { disk, clock, drain, batches, later };
}

/** Everything that a disk without waiting can do is done. */
function rest(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** True at the first call of a kind. */
function once(isIt: (operation: FaultOperation, path: string) => boolean): typeof isIt {
  let isOver = false;
  return (operation, path) => !isOver && isIt(operation, path) && (isOver = true);
}

async function end({ drain }: Scene): Promise<void> {
  assertAccounts(drain);
  await drain.close();
}

describe("recovery", () => {
  it("does not take the sync after a failed one for durable: the file is written again", async () => {
    const scene = await start(
      await diskOf("written"),
      once((operation, path) => operation === "datasync" && path.endsWith(".open")),
    );
    expect(scene.batches).toEqual([]);
    await scene.later();
    expect(scene.batches).toHaveLength(1);
    const [batch] = scene.batches;
    expect(scene.disk.isDurable(`${dir}/q/main/${batch!.id}.seal`)).toBe(true);
    expect(await deliver(batch!)).toEqual([text]);
    await end(scene);
  });

  it("remembers that over a kill: the next process knows nothing of the sync that failed", async () => {
    const killed = await diskOf("written");
    const first = await start(
      killed,
      (operation, path) => operation === "datasync" && path.endsWith(".open"),
    );
    expect(first.batches).toEqual([]);
    const next = killed.crash("kill", { random: seededRandom(1), order: "at-once" });
    const scene = await start(next, () => false);
    const [batch] = scene.batches;
    expect(next.isDurable(`${dir}/q/main/${batch!.id}.seal`)).toBe(true);
    expect(await textsOf(batch!)).toEqual([text]);
    await end(scene);
  });
});

describe("acceptance", () => {
  it("waits for recovery when a power cut has left both names of a rename", async () => {
    const disk = await diskOf("sealed");
    const sealed = disk.paths().find((path) => path.endsWith(".seal"))!;
    await disk.process().link(sealed, sealed.replace(".seal", ".open"));
    const scene = await start(
      disk,
      once((operation, path) => operation === "stat" && path === sealed),
    );
    for (let look = 0; look < 3; look++) {
      await Promise.all(scene.batches.splice(0).map(deliver));
      await scene.later();
    }
    expect(scene.drain.statistics.sinks["main"]!.delivered).toMatchObject({ batches: 1 });
    await end(scene);
  });

  it("is finished by the next look when the sync after its unlink failed, without a restart", async () => {
    let isUnlinked = false;
    const fails = once((operation, path) => {
      const isHere = path.startsWith(`${dir}/w/`);
      isUnlinked ||= operation === "unlink" && isHere && path.endsWith(".seal");
      return isUnlinked && operation === "syncDirectory" && isHere;
    });
    const scene = await start(await diskOf("sealed"), fails);
    expect(scene.batches).toEqual([]);
    await scene.later();
    expect(await Promise.all(scene.batches.map(deliver))).toEqual([[text]]);
    await end(scene);
  });

  it("holds batches back while their writer's directory cannot be looked at, and no longer", async () => {
    const first = await start(await diskOf("sealed"), () => false);
    expect(first.batches).toHaveLength(1);
    await first.drain.close();
    // The writer's directory is still there when its lock could not be deleted.
    const fs = first.disk.process();
    await fs.mkdir(`${dir}/w/${first.batches[0]!.id.slice(0, 26)}`);
    const scene = await start(
      first.disk,
      once((operation, path) => operation === "syncDirectory" && path.startsWith(`${dir}/w/`)),
    );
    expect(scene.batches).toEqual([]);
    const missing = await scene.drain.oldestUndelivered(["main"], []);
    expect(missing?.get("main")?.batchId).toBe(first.batches[0]!.id);
    await scene.later();
    expect(await Promise.all(scene.batches.map(deliver))).toEqual([[text]]);
    await end(scene);
  });
});

describe("quarantine", () => {
  const calls = ["unlink", "syncDirectory"] as const;

  it.each(calls)(
    "is done once both names are durable: an old name that its %s leaves is taken away later",
    async (failing) => {
      let isBroken = false;
      const fails = once(
        (operation, path) => isBroken && operation === failing && path.startsWith(`${dir}/q/main`),
      );
      const scene = await start(await diskOf("sealed"), fails);
      const [batch] = scene.batches;
      isBroken = true;
      await batch!.quarantine("no use");
      expect(scene.drain.statistics.sinks["main"]!.quarantined.batches).toBe(1);
      await scene.later();
      expect(scene.disk.paths().filter((path) => path.startsWith(`${dir}/q/`))).toEqual([]);
      expect(scene.batches).toHaveLength(1);
      await end(scene);
    },
  );

  it("is on disk with the directories above it, when the sync of their names failed before", async () => {
    let isBroken = false;
    const fails = once((operation, path) => isBroken && operation === "syncDirectory" && path === dir);
    const scene = await start(await diskOf("sealed"), fails);
    const [batch] = scene.batches;
    isBroken = true;
    await expect(batch!.quarantine("no use")).rejects.toMatchObject({ code: spoolErrors.notDurable });
    await batch!.quarantine("no use");
    expectSegmentAfterPowerCuts(scene.disk);
    await end(scene);
  });

  it("is on disk with the directories above it, when who made them died before their sync", async () => {
    const { disk, drain } = await start(await diskOf("sealed"), () => false);
    await drain.close();
    const fs = disk.process();
    const sealed = disk.paths().find((path) => path.endsWith(".seal"))!;
    await fs.mkdir(`${dir}/quarantine`);
    await fs.mkdir(`${dir}/quarantine/main`);
    await fs.link(sealed, sealed.replace("/q/", "/quarantine/"));
    const scene = await start(disk, () => false);
    expect(scene.batches).toEqual([]);
    expectSegmentAfterPowerCuts(scene.disk);
    await end(scene);
  });
});

/** Whatever of the names that were not synced a power cut leaves, the segment has one. */
function expectSegmentAfterPowerCuts(disk: SimDisk): void {
  for (let seed = 1; seed <= 100; seed++) {
    const left = disk.crash("power-cut", { random: seededRandom(seed) });
    expect(
      left.paths().filter((path) => path.endsWith(".seal")),
      `seed ${seed}`,
    ).not.toEqual([]);
  }
}

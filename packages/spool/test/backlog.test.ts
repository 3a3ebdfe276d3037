import { mkdirSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import type { FileSystem } from "@sewer/core";
import { FaultFileSystem, ManualClock } from "@sewer/testkit";
import { expect, test } from "vitest";
import { openDrain, openSpool } from "../src/index.ts";
import { fastFileSystem } from "./support/fast-file-system.ts";
import { append, drainOptions, passTime, temporaryDirectory, until, writerOptions } from "./support/spool.ts";

/** Holds up whatever is about the backlog until `release`; other calls go through. */
function withoutBacklog(): { fs: FileSystem; release: () => void } {
  const gate = Promise.withResolvers<void>();
  const held = async <Result>(path: string, call: () => Promise<Result>): Promise<Result> => {
    if (path.includes("/q/main")) await gate.promise;
    return call();
  };
  const fs: FileSystem = {
    ...fastFileSystem,
    open: (path, mode, permissions) => held(path, () => fastFileSystem.open(path, mode, permissions)),
    async *readdir(path) {
      yield* await held(path, () => Array.fromAsync(fastFileSystem.readdir(path)));
    },
    stat: (path) => held(path, () => fastFileSystem.stat(path)),
  };
  return { fs, release: gate.resolve };
}

/** Leaves batches of one record in the room of a sink, as after an outage. */
async function leaveBacklog(dir: string, batches: number): Promise<void> {
  const writer = await openSpool(writerOptions(dir, { fs: fastFileSystem }));
  mkdirSync(join(dir, "q", "main"));
  for (let done = 0; done < batches; done++) {
    append(writer, "waiting");
    await writer.roll("size");
  }
  const from = join(dir, "w", writer.incarnation);
  await writer.close();
  for (const name of readdirSync(from)) {
    if (name.endsWith(".seal")) renameSync(join(from, name), join(dir, "q", "main", name));
  }
}

/** Starts over a backlog whose files do not answer. @returns the calls until the first record was durable. */
async function callsUntilDurable(batches: number): Promise<number> {
  const dir = temporaryDirectory();
  await leaveBacklog(dir, batches);
  const { fs: slow, release } = withoutBacklog();
  const fs = new FaultFileSystem(slow);
  const clock = new ManualClock();
  const drain = await openDrain(drainOptions(dir, { fs, clock }));
  const opening = openSpool(writerOptions(dir, { fs, clock, durability: "group" }));
  let isOpen = false;
  void opening.then(() => (isOpen = true));
  // The measurement of the directory gets a second, then it goes on in the background.
  await passTime(clock, () => isOpen, { underWay: 0 });
  const writer = await opening;
  const last = append(writer, "first");
  await until(() => writer.durable >= last);
  const calls = fs.calls.length;
  expect(drain.statistics.started).toBe(false);

  release();
  await passTime(clock, () => drain.statistics.started, fs);
  expect(drain.statistics.sinks["main"]?.onDisk.batches).toBe(batches);
  await Promise.all([writer.close(), drain.close()]);
  return calls;
}

test("the first record is durable before anything of a backlog was read, in calls that do not grow with it", async () => {
  const few = await callsUntilDurable(10);
  const many = await callsUntilDurable(3000);
  // Chance decides only how far the background is when it meets the backlog.
  expect(Math.abs(many - few), `${few} calls with 10 batches, ${many} with 3000`).toBeLessThan(20);
  expect(many).toBeLessThan(100);
});

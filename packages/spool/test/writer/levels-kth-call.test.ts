import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FaultFileSystem, ManualClock, type FaultVerdict as Verdict } from "@sewer/testkit";
import { describe, expect, it } from "vitest";
import { openSpool, type SpoolWriterOptions } from "../../src/index.ts";
import { codeOf } from "../../src/file-access.ts";
import { fastFileSystem } from "../support/fast-file-system.ts";
import {
  appendPatiently,
  deliverAll,
  passTime,
  temporaryDirectory,
  writerOptions,
} from "../support/spool.ts";
import { SyncedBytes } from "../support/synced-bytes.ts";

type Level = SpoolWriterOptions["durability"];

/** True when what a record counts as durable by has happened to this one. */
function isSafe(level: Level, fs: SyncedBytes, directory: string, text: string): boolean {
  if (level === "group") return fs.holds(text);
  return readdirSync(directory).some(
    (name) => /\.(?:open|seal)$/.test(name) && readFileSync(join(directory, name)).includes(text),
  );
}

/** Writes, rolls, writes and closes, with the k-th call failing. @returns how many calls there were. */
async function run(level: Level, k: number, verdict: Verdict): Promise<number> {
  const dir = temporaryDirectory();
  const clock = new ManualClock();
  const faults = new FaultFileSystem(fastFileSystem);
  const fs = new SyncedBytes(faults);
  faults.judge = (operation, _path, call) => {
    const fits = verdict === undefined || !("shortTo" in verdict) || operation === "write";
    return call === k && fits ? verdict : undefined;
  };
  const committed: string[] = [];
  const falsely: string[] = [];
  let isDone = false;
  const work = async (): Promise<void> => {
    const writer = await openSpool(
      writerOptions(dir, { fs, clock, durability: level, bufferBytes: 96, fsyncIntervalMs: 30 }),
    );
    const directory = join(dir, "w", writer.incarnation);
    let checked = 0;
    writer.onDurable(() => {
      if (level === "memory" || level === "interval") return;
      for (; checked < writer.durable; checked++) {
        if (!isSafe(level, fs, directory, committed[checked]!)) falsely.push(committed[checked]!);
      }
    });
    const append = async (text: string): Promise<void> => {
      if (await appendPatiently(writer, text)) committed.push(text);
    };
    for (let i = 0; i < 6; i++) {
      await append(`record ${i};`);
      await Promise.resolve();
    }
    await writer.roll();
    await append("after the roll;");
    await append("one longer than a buffer can be, with a frame of its own".padEnd(120, "."));
    await append("the last;");
    await writer.close();
    expect(writer.durable, `call ${k}`).toBe(committed.length);
  };
  const end = work().finally(() => (isDone = true));
  await Promise.all([end.catch(() => {}), passTime(clock, () => isDone, faults)]);
  // A spool that could not be opened is the only run that may end in an error.
  const error = await end.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error === undefined || codeOf(error) === "SEWER_SPOOL_NOT_WRITABLE", String(error)).toBe(true);
  expect(falsely, `falsely acknowledged at call ${k}`).toEqual([]);
  expect((await deliverAll(dir, { fs: fastFileSystem })).sort(), `call ${k}`).toEqual(committed.sort());
  return faults.calls.length;
}

const verdicts: readonly [string, Verdict][] = [
  ["EIO", { code: "EIO" }],
  ["ENOSPC", { code: "ENOSPC" }],
  ["EMFILE", { code: "EMFILE" }],
  ["a short write", { shortTo: 3 }],
];
const levels: readonly Level[] = ["memory", "interval", "written", "group"];

describe.each(levels)("level %s, the k-th call of a writer fails", (level) => {
  it.each(verdicts)(
    "%s: no false watermark, nothing lost, nothing twice, for every k",
    async (_, verdict) => {
      let k = 1;
      while ((await run(level, k, verdict)) >= k) k += 1;
      expect(k).toBeGreaterThan(20);
    },
  );
});

import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { isSewerError, type SettleableBatch } from "@sewer/core";
import { FaultFileSystem } from "@sewer/testkit";
import { describe, expect, it } from "vitest";
import { openDrain } from "../../src/index.ts";
import { fastFileSystem } from "../support/fast-file-system.ts";
import {
  batchesOf,
  deliver,
  drainOptions,
  pathsBelow,
  receiptsOf,
  sealRecords,
  temporaryDirectory,
  textsOf,
} from "../support/spool.ts";

const twoSinks = Buffer.from('{"sinks":["a","b"]}');
const dead = { code: "EIO" };

/** The batches that a start finds, by sink and id; nothing is settled. */
async function foundBy(dir: string): Promise<string[]> {
  const drain = await openDrain(drainOptions(dir));
  const found = (await batchesOf(drain)).map(({ sink, id }) => `${sink} ${id}`);
  await drain.close();
  return found;
}

/** The endings of what is left of batches; receipts are not. */
function filesOf(paths: readonly string[]): string[] {
  return paths.filter((path) => !path.startsWith("receipts/")).map((path) => extname(path));
}

/** One batch, read; every call of the file system from the k-th on fails while `settle` runs. */
async function dieAt(
  k: number,
  settle: (batch: SettleableBatch) => Promise<void>,
): Promise<{ dir: string; id: string; isSettled: boolean; calls: number }> {
  const dir = temporaryDirectory();
  const id = await sealRecords(dir, ["x", "y"], { fs: fastFileSystem });
  const fs = new FaultFileSystem(fastFileSystem);
  const drain = await openDrain(drainOptions(dir, { fs }));
  const batch = (await batchesOf(drain))[0]!;
  await textsOf(batch);
  await batch.note(Buffer.from("temp name"));
  fs.calls = [];
  fs.judge = (_operation, _path, call) => (call >= k ? dead : undefined);
  const isSettled = await settle(batch).then(
    () => true,
    () => false,
  );
  const calls = fs.calls.length;
  await drain.close();
  return { dir, id, isSettled, calls };
}

describe("a process that dies while it", () => {
  it("acknowledges: receipt, done, unlink, in this order; what is done never comes again", async () => {
    const outcomes: { again: boolean; isSettled: boolean; hasReceipt: boolean; files: string[] }[] = [];
    for (let k = 1; ; k++) {
      const end = await dieAt(k, (batch) => batch.acknowledge({ destination: "/out", records: 2, bytes: 9 }));
      const hasReceipt = (await receiptsOf(end.dir)).some((line) => line["records"] === 2);
      const files = filesOf(await pathsBelow(end.dir));
      const again = (await foundBy(end.dir)).length > 0;
      outcomes.push({ again, isSettled: end.isSettled, hasReceipt, files });
      // Whatever the next start did not give out again, it put away.
      expect(filesOf(await pathsBelow(end.dir)), `died at call ${k}`).toEqual(again ? files : []);
      if (end.calls < k) break;
    }
    const gone = outcomes.filter(({ files }) => !files.includes(".seal"));
    expect(gone.length).toBeGreaterThan(1);
    expect(gone.filter(({ hasReceipt }) => !hasReceipt)).toEqual([]);
    expect(outcomes.filter(({ isSettled, again }) => isSettled && again)).toEqual([]);
    expect(outcomes.filter(({ again, hasReceipt }) => !again && !hasReceipt)).toEqual([]);
    expect(outcomes.filter(({ files }) => files.includes(".seal") && !files.includes(".jnl"))).toEqual([]);
    // All of the states were met: nothing yet, receipt only, done, segment gone, all gone.
    expect(new Set(outcomes.map((one) => JSON.stringify(one))).size).toBeGreaterThanOrEqual(5);
  });

  it("moves a batch to quarantine: it is in one place after the next start, with its journal", async () => {
    for (let k = 1; ; k++) {
      const end = await dieAt(k, (batch) => batch.quarantine("bad"));
      const found = await foundBy(end.dir);
      const room = found.length > 0 ? "q/main" : "quarantine/main";
      const files = (await pathsBelow(end.dir)).filter((path) => !path.endsWith(".reason"));
      expect(files, `died at call ${k}`).toEqual([`${room}/${end.id}.jnl`, `${room}/${end.id}.seal`]);
      expect(end.isSettled && found.length > 0).toBe(false);
      if (end.calls < k) break;
    }
  });

  it("takes over what it finds: every sink gets every record, none after its acknowledgement", async () => {
    for (let k = 1; ; k++) {
      const dir = temporaryDirectory();
      const options = { meta: () => twoSinks, fs: fastFileSystem };
      const sealed = await sealRecords(dir, ["s"], options);
      await sealRecords(dir, ["t"], options);
      const path = join(dir, "w", sealed.slice(0, 26), sealed);
      await fastFileSystem.rename(`${path}.seal`, `${path}.open`);
      const fs = new FaultFileSystem(fastFileSystem);
      fs.judge = (_operation, _path, call) => (call >= k ? dead : undefined);
      // What the sinks have, and what of it the spool knows.
      const destination = new Map<string, string>();
      const acknowledged = new Set<string>();
      const deliverTo = async (batch: SettleableBatch): Promise<void> => {
        const key = `${batch.sink} ${batch.id}`;
        if (acknowledged.has(key)) throw new Error(`${key} came again after its acknowledgement`);
        destination.set(key, (await textsOf(batch)).join());
        await batch.acknowledge({ destination: "/out", records: 1, bytes: 1 });
        acknowledged.add(key);
      };
      const first = await openDrain(drainOptions(dir, { fs })).catch(() => undefined);
      const batches: SettleableBatch[] = [];
      first?.onBatch((batch) => batches.push(batch));
      await Promise.race([first?.started, new Promise((resolve) => setTimeout(resolve, 20))]);
      for (const batch of batches) await deliverTo(batch).catch(() => {});
      await first?.close();
      const second = await openDrain(drainOptions(dir, { fs: fastFileSystem }));
      for (const batch of await batchesOf(second)) await deliverTo(batch);
      await second.close();
      expect([...destination.values()].sort(), `died at call ${k}`).toEqual(["s", "s", "t", "t"]);
      expect(filesOf(await pathsBelow(dir)), `died at call ${k}`).toEqual([]);
      if (fs.calls.length < k) break;
    }
  });
});

describe("one call that fails", () => {
  it("never ends an acknowledgement halfway: it is done, or can be done again", async () => {
    const errors = new Set<unknown>();
    for (let k = 1; ; k++) {
      const dir = temporaryDirectory();
      const id = await sealRecords(dir, ["x"], { fs: fastFileSystem });
      const fs = new FaultFileSystem(fastFileSystem);
      const drain = await openDrain(drainOptions(dir, { fs }));
      const batch = (await batchesOf(drain))[0]!;
      await textsOf(batch);
      fs.calls = [];
      fs.judge = (_operation, _path, call) => (call === k ? dead : undefined);
      const receipt = { destination: "/out", records: 1, bytes: 9 };
      await batch.acknowledge(receipt).catch((error: unknown) => {
        errors.add(isSewerError(error) ? `${error.code} ${error.scope}` : error);
        return batch.acknowledge(receipt);
      });
      await drain.close();
      expect(await foundBy(dir), `call ${k} failed`).toEqual([]);
      const keys = (await receiptsOf(dir)).map((line) => `${String(line["batch"])} ${String(line["sink"])}`);
      expect([...new Set(keys)]).toEqual([`${id} main`]);
      if (fs.calls.length < k) break;
    }
    expect([...errors]).toEqual(["SEWER_SPOOL_NOT_DURABLE sink"]);
  });

  it("in the room of a sink holds nothing else up", async () => {
    const dir = temporaryDirectory();
    const bad = await sealRecords(dir, ["bad"]);
    await sealRecords(dir, ["good"]);
    const fs = new FaultFileSystem();
    fs.judge = (operation, path) => (operation === "open" && path.includes(bad) ? dead : undefined);
    const drain = await openDrain(drainOptions(dir, { fs }));
    const batches = await batchesOf(drain);
    expect(batches.map(({ recordCount }) => recordCount)).toEqual([1]);
    expect(await deliver(batches[0]!)).toEqual(["good"]);
    expect(drain.statistics.fileErrors).toBe(1);
    await drain.close();
    expect(await foundBy(dir)).toEqual([`main ${bad}`]);
  });

  it("holds a batch back whose name in w/ could not be looked at", async () => {
    const dir = temporaryDirectory();
    const id = await sealRecords(dir, ["x"]);
    const writer = join(dir, "w", id.slice(0, 26));
    // As a power cut leaves it that undid the rename and the unlink, not the link.
    await fastFileSystem.mkdir(join(dir, "q/main"));
    await fastFileSystem.link(join(writer, `${id}.seal`), join(dir, `q/main/${id}.seal`));
    await fastFileSystem.rename(join(writer, `${id}.seal`), join(writer, `${id}.open`));
    const fs = new FaultFileSystem();
    for (const place of [writer, join(writer, `${id}.open`)]) {
      fs.judge = (_operation, path) => (path === place ? dead : undefined);
      const drain = await openDrain(drainOptions(dir, { fs }));
      expect(await batchesOf(drain)).toEqual([]);
      await drain.close();
    }
    const bytes = await readFile(join(dir, `q/main/${id}.seal`));
    expect(bytes.length).toBeGreaterThan(0);
    expect(await foundBy(dir)).toEqual([`main ${id}`]);
    expect((await pathsBelow(dir)).filter((path) => path.startsWith("w/"))).toEqual([]);
  });
});

import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { nodeFileSystem } from "@sewer/core/node";
import { FaultFileSystem } from "@sewer/testkit";
import { describe, expect, it } from "vitest";
import { openDrain, requeueBatches } from "../../src/index.ts";
import { startChild } from "../support/children.ts";
import { fastFileSystem } from "../support/fast-file-system.ts";
import {
  batchesOf,
  deliver,
  drainOptions,
  pathsBelow,
  sealRecords,
  temporaryDirectory,
} from "../support/spool.ts";

/** One batch in quarantine for each of the sinks, with a journal. */
async function quarantined(sinks: readonly string[] = ["main"]): Promise<{ dir: string; id: string }> {
  const dir = temporaryDirectory();
  const meta = (): Buffer => Buffer.from(JSON.stringify({ sinks }));
  const id = await sealRecords(dir, ["x", "y"], { fs: fastFileSystem, meta });
  const drain = await openDrain(drainOptions(dir, { fs: fastFileSystem }));
  for (const batch of await batchesOf(drain)) {
    await batch.note(Buffer.from(`note of ${batch.sink}`));
    await batch.quarantine("test");
  }
  await drain.close();
  return { dir, id };
}

/** The batches that a start finds, by sink, with their notes; nothing is settled. */
async function foundBy(dir: string): Promise<string[]> {
  const drain = await openDrain(drainOptions(dir));
  const found: string[] = [];
  for (const batch of await batchesOf(drain)) {
    const notes = (await batch.notes()).map((note) => Buffer.from(note).toString());
    found.push([batch.sink, batch.id, ...notes].join(" "));
  }
  await drain.close();
  return found;
}

describe("requeueBatches", () => {
  it("gives a batch and its journal back to its sink, which gets it at the next start", async () => {
    const { dir, id } = await quarantined(["a", "b"]);
    expect(await requeueBatches(dir, [id], { fs: nodeFileSystem, sink: "b" })).toEqual([
      { batchId: id, sink: "b" },
    ]);
    expect(await pathsBelow(dir)).toEqual([
      `q/b/${id}.jnl`,
      `q/b/${id}.seal`,
      `quarantine/a/${id}.jnl`,
      `quarantine/a/${id}.reason`,
      `quarantine/a/${id}.seal`,
    ]);
    // The other waits already: there is nothing to do for it.
    expect(await requeueBatches(dir, [id, id], { fs: nodeFileSystem })).toEqual([
      { batchId: id, sink: "a" },
      { batchId: id, sink: "b" },
    ]);
    expect(await foundBy(dir)).toEqual([`a ${id} note of a`, `b ${id} note of b`]);
    const drain = await openDrain(drainOptions(dir));
    for (const batch of await batchesOf(drain)) expect(await deliver(batch)).toEqual(["x", "y"]);
    await drain.close();
    expect((await pathsBelow(dir)).filter((path) => !path.startsWith("receipts/"))).toEqual([]);
  });

  it("is refused while a delivery half runs, in this process or another, and says what to do", async () => {
    const { dir, id } = await quarantined();
    const before = await pathsBelow(dir);
    const drain = await openDrain(drainOptions(dir));
    const refused = { code: "SEWER_SPOOL_LOCKED", message: expect.stringContaining("stop it") };
    await expect(requeueBatches(dir, [id], { fs: nodeFileSystem })).rejects.toMatchObject(refused);
    await drain.close();
    const child = startChild("locking-child.ts", join(dir, "DRAIN"));
    await child.line((line) => line === "holding");
    await expect(requeueBatches(dir, [id], { fs: nodeFileSystem })).rejects.toMatchObject(refused);
    await child.kill();
    expect(await pathsBelow(dir)).toEqual(before);
    await requeueBatches(dir, [id], { fs: nodeFileSystem });
    // Its lock is free again.
    expect(await foundBy(dir)).toEqual([`main ${id} note of main`]);
  });

  it("moves none when one is not in quarantine, and makes no lock where there is no spool", async () => {
    const { dir, id } = await quarantined();
    const before = await pathsBelow(dir);
    const other = `${id.slice(0, -1)}9`;
    const missing = { code: "SEWER_SPOOL_NOT_IN_QUARANTINE", message: expect.stringContaining(other) };
    await expect(requeueBatches(dir, [id, other], { fs: nodeFileSystem })).rejects.toMatchObject(missing);
    await expect(requeueBatches(dir, [id], { fs: nodeFileSystem, sink: "b" })).rejects.toMatchObject({
      code: "SEWER_SPOOL_NOT_IN_QUARANTINE",
    });
    expect(await pathsBelow(dir)).toEqual(before);
    const empty = temporaryDirectory();
    await expect(requeueBatches(empty, [other], { fs: nodeFileSystem })).rejects.toMatchObject(missing);
    expect(existsSync(join(empty, "DRAIN"))).toBe(false);
  });

  it("cannot give back what no sink could be given", async () => {
    const dir = temporaryDirectory();
    const id = await sealRecords(dir, ["x"], { meta: () => Buffer.from("no JSON") });
    await (await openDrain(drainOptions(dir))).close();
    expect(await foundBy(dir)).toEqual([]);
    await expect(requeueBatches(dir, [id], { fs: nodeFileSystem })).rejects.toMatchObject({
      code: "SEWER_SPOOL_NOT_IN_QUARANTINE",
      message: expect.stringContaining("damaged"),
    });
  });

  it("refuses to put a batch over another file of its name, and leaves both", async () => {
    const { dir, id } = await quarantined();
    await writeFile(join(dir, `q/main/${id}.seal`), "other");
    await expect(requeueBatches(dir, [id], { fs: nodeFileSystem })).rejects.toMatchObject({
      code: "SEWER_SPOOL_NOT_DURABLE",
      message: expect.stringContaining("another file"),
    });
    expect(await readFile(join(dir, `q/main/${id}.seal`), "utf8")).toBe("other");
    expect(existsSync(join(dir, `quarantine/main/${id}.seal`))).toBe(true);
  });

  it("syncs each step before the next: new names, old names, the journal, the reason last", async () => {
    const { dir, id } = await quarantined();
    const fs = new FaultFileSystem();
    await requeueBatches(dir, [id], { fs });
    const changes = new Set(["link", "unlink", "rename", "mkdir", "syncDirectory", "write", "truncate"]);
    const steps = fs.calls
      .filter(({ operation }) => changes.has(operation))
      .map(({ operation, path }) => `${operation} ${path.slice(dir.length + 1).replace(id, "B")}`);
    // Before, the room is made, or its name made sure of.
    expect(steps.slice(steps.indexOf("link q/main/B.seal"))).toEqual([
      "link q/main/B.seal",
      "link q/main/B.jnl",
      "syncDirectory q/main",
      "unlink quarantine/main/B.seal",
      "syncDirectory quarantine/main",
      "unlink quarantine/main/B.jnl",
      "syncDirectory quarantine/main",
      "unlink quarantine/main/B.reason",
      "syncDirectory quarantine/main",
    ]);
  });

  it("dies at any call: the batch is in one place after the next start, with its journal", async () => {
    const rooms = new Set<string>();
    for (let k = 1; ; k++) {
      const { dir, id } = await quarantined();
      const fs = new FaultFileSystem(fastFileSystem);
      fs.judge = (_operation, _path, call) => (call >= k ? { code: "EIO" } : undefined);
      const code = await requeueBatches(dir, [id], { fs }).then(
        () => "done",
        (error: { code: string }) => error.code,
      );
      expect(["done", "SEWER_SPOOL_NOT_DURABLE"]).toContain(code);
      const found = await foundBy(dir);
      const inQuarantine = (await pathsBelow(dir)).includes(`quarantine/main/${id}.seal`);
      const room = inQuarantine ? "quarantine/main" : "q/main";
      expect(found, `died at call ${k}`).toEqual(inQuarantine ? [] : [`main ${id} note of main`]);
      expect(existsSync(join(dir, `${room}/${id}.jnl`)), `died at call ${k}`).toBe(true);
      const rest = (await pathsBelow(dir)).filter((path) => path.startsWith(inQuarantine ? "q/" : "nothing"));
      expect(rest).toEqual([]);
      expect(existsSync(join(dir, `quarantine/main/${id}.reason`)) || !inQuarantine).toBe(true);
      expect(code === "done" && inQuarantine).toBe(false);
      rooms.add(room);
      // Doing it again finishes it, whatever was left.
      expect(await requeueBatches(dir, [id], { fs: fastFileSystem })).toEqual([
        { batchId: id, sink: "main" },
      ]);
      expect(await pathsBelow(dir)).toEqual([`q/main/${id}.jnl`, `q/main/${id}.seal`]);
      if (fs.calls.length < k) break;
    }
    expect(rooms.size).toBe(2);
  });

  it("takes a batch back whose way to quarantine was cut short", async () => {
    const { dir, id } = await quarantined();
    await fastFileSystem.link(join(dir, `quarantine/main/${id}.seal`), join(dir, `q/main/${id}.seal`));
    await fastFileSystem.rename(join(dir, `quarantine/main/${id}.jnl`), join(dir, `q/main/${id}.jnl`));
    await requeueBatches(dir, [id], { fs: nodeFileSystem });
    expect(await pathsBelow(dir)).toEqual([`q/main/${id}.jnl`, `q/main/${id}.seal`]);
    expect(await foundBy(dir)).toEqual([`main ${id} note of main`]);
  });
});

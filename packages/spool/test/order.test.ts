/**
 * The order of calls that a power cut would test: what must be synced before what. A process that dies says
 * nothing about syncs, so they are read off the calls themselves.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FaultFileSystem } from "@sewer/testkit";
import { describe, expect, it } from "vitest";
import { openDrain, openSpool } from "../src/index.ts";
import {
  append,
  batchesOf,
  drainOptions,
  meta,
  sealRecords,
  temporaryDirectory,
  textsOf,
  writerOptions,
} from "./support/spool.ts";

const changes = new Set([
  "write",
  "datasync",
  "truncate",
  "link",
  "rename",
  "unlink",
  "rmdir",
  "mkdir",
  "syncDirectory",
]);

/** The calls that change or sync something, with paths relative to the spool and ids left out. */
function stepsOf(fs: FaultFileSystem, dir: string): string[] {
  return fs.calls
    .filter(({ operation }) => changes.has(operation))
    .map(({ operation, path }) => {
      const short = path
        .slice(dir.length + 1)
        .replaceAll(/[0-9A-Z]{26}(-\d{8})?/g, (_, sequence) => (sequence ? "B" : "I"));
      return `${operation} ${short}`;
    });
}

describe("the order of calls", () => {
  it("start and seal: names before content, content before the new name", async () => {
    const dir = temporaryDirectory();
    const fs = new FaultFileSystem();
    const writer = await openSpool(writerOptions(dir, { fs }));
    append(writer, "x");
    await writer.roll();
    const steps = stepsOf(fs, dir);
    const above = ["mkdir ", "syncDirectory ", "mkdir w", "syncDirectory ", "mkdir q", "syncDirectory "];
    const before = [...above, "mkdir w/I", "syncDirectory w"];
    // The file's name is durable before its first byte: preamble, frame, seal.
    const content = ["syncDirectory w/I", "write w/I/B.open", "write w/I/B.open", "write w/I/B.open"];
    expect(steps.slice(0, 12)).toEqual([...before, ...content]);
    // The next segment's file is made beside the end of this one.
    const end = steps.slice(12).filter((step) => step !== "syncDirectory w/I");
    expect(end).toEqual(["datasync w/I/B.open", "rename w/I/B.seal"]);
    expect(steps.slice(steps.indexOf("rename w/I/B.seal"))).toContain("syncDirectory w/I");
    await writer.close();
  });

  it("accept: every link durable before the name in w/ goes, and that durable before delivery", async () => {
    const dir = temporaryDirectory();
    await sealRecords(dir, ["x"], { meta: () => Buffer.from('{"sinks":["a","b"]}') });
    const fs = new FaultFileSystem();
    const drain = await openDrain(drainOptions(dir, { fs }));
    await batchesOf(drain);
    const opening = new Set(["mkdir ", "mkdir w", "mkdir q", "syncDirectory "]);
    expect(stepsOf(fs, dir).filter((step) => !opening.has(step))).toEqual([
      "syncDirectory w/I",
      "mkdir q/a",
      "syncDirectory q",
      "link q/a/B.seal",
      "mkdir q/b",
      "syncDirectory q",
      "link q/b/B.seal",
      "syncDirectory q/a",
      "syncDirectory q/b",
      "unlink w/I/B.seal",
      "syncDirectory w/I",
      "unlink w/I/LOCK",
      "rmdir w/I",
    ]);
    await drain.close();
  });

  it("acknowledge: receipt, done, unlink, sync, journal", async () => {
    const dir = temporaryDirectory();
    await sealRecords(dir, ["x"]);
    const fs = new FaultFileSystem();
    const drain = await openDrain(drainOptions(dir, { fs }));
    const batch = (await batchesOf(drain))[0]!;
    await textsOf(batch);
    fs.calls = [];
    await batch.acknowledge({ destination: "/out", records: 1, bytes: 1 });
    const day = new Date().toISOString().slice(0, 4);
    const steps = stepsOf(fs, dir).map((step) => step.replace(new RegExp(`${day}-\\d\\d-\\d\\d`), "DAY"));
    expect(steps).toEqual([
      "mkdir receipts",
      "syncDirectory ",
      "write receipts/DAY.jsonl",
      "datasync receipts/DAY.jsonl",
      "syncDirectory receipts",
      "write q/main/B.jnl",
      "datasync q/main/B.jnl",
      "syncDirectory q/main",
      "unlink q/main/B.seal",
      "syncDirectory q/main",
      "unlink q/main/B.jnl",
    ]);
    await drain.close();
  });

  it("quarantine: reason, then both names durable, then the old ones go", async () => {
    const dir = temporaryDirectory();
    await sealRecords(dir, ["x"]);
    const fs = new FaultFileSystem();
    const drain = await openDrain(drainOptions(dir, { fs }));
    const batch = (await batchesOf(drain))[0]!;
    await batch.note(Buffer.from("n"));
    fs.calls = [];
    await batch.quarantine("bad");
    expect(stepsOf(fs, dir)).toEqual([
      "mkdir quarantine",
      "syncDirectory ",
      "mkdir quarantine/main",
      "syncDirectory quarantine",
      "write quarantine/main/B.reason",
      "truncate quarantine/main/B.reason",
      "datasync quarantine/main/B.reason",
      "link quarantine/main/B.seal",
      "link quarantine/main/B.jnl",
      "syncDirectory quarantine/main",
      "unlink q/main/B.seal",
      "syncDirectory q/main",
      "unlink q/main/B.jnl",
      "syncDirectory q/main",
    ]);
    await drain.close();
  });

  it("recovery: the cut and the seal durable before the new name", async () => {
    const dir = temporaryDirectory();
    const id = await sealRecords(dir, ["x"]);
    const path = join(dir, "w", id.slice(0, 26), id);
    await writeFile(`${path}.open`, (await readFile(`${path}.seal`)).subarray(0, -(90 + meta.length)));
    const setUp = new FaultFileSystem();
    await setUp.unlink(`${path}.seal`);
    const fs = new FaultFileSystem();
    const drain = await openDrain(drainOptions(dir, { fs }));
    expect(await batchesOf(drain)).toHaveLength(1);
    const steps = stepsOf(fs, dir);
    const from = steps.indexOf("truncate w/I/B.open");
    expect(steps.slice(from, from + 5)).toEqual([
      "truncate w/I/B.open",
      "write w/I/B.open",
      "datasync w/I/B.open",
      "rename w/I/B.seal",
      "syncDirectory w/I",
    ]);
    expect(drain.statistics).toMatchObject({ tornTails: 1, segmentsRecovered: 1 });
    await drain.close();
  });

  it("a torn journal: the cut durable before the next note", async () => {
    const dir = temporaryDirectory();
    const id = await sealRecords(dir, ["x"]);
    const first = await openDrain(drainOptions(dir));
    await (await batchesOf(first))[0]!.note(Buffer.from("n"));
    await first.close();
    const journal = join(dir, "q/main", `${id}.jnl`);
    await writeFile(journal, Buffer.concat([await readFile(journal), Buffer.from("SWJ1 torn")]));
    const fs = new FaultFileSystem();
    const drain = await openDrain(drainOptions(dir, { fs }));
    const batch = (await batchesOf(drain))[0]!;
    fs.calls = [];
    await batch.note(Buffer.from("m"));
    expect(stepsOf(fs, dir)).toEqual([
      "truncate q/main/B.jnl",
      "datasync q/main/B.jnl",
      // What the first process noted may be in the cache only; then the note.
      "write q/main/B.jnl",
      "write q/main/B.jnl",
      "datasync q/main/B.jnl",
      "syncDirectory q/main",
    ]);
    await drain.close();
  });
});

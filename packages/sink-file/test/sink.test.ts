import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  noMetrics,
  silentLogger,
  systemClock,
  systemRandom,
  type Batch,
  type BatchOrigin,
  type RecordSchema,
  type Sink,
} from "@sewer/core";
import { plannedBatch } from "@sewer/testkit";
import { accessLogEvent, openSequenceFile } from "@sewer/writable";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fileSink, fileSinkOptions, type FileSinkOptions } from "../src/index.ts";
import { FaultFileSystem, nodeError, type Call } from "./fault-file-system.ts";

const schema: RecordSchema = { name: "access-log", fields: [...accessLogEvent.fields] };
const id = "01JDEF0000000000000000ABCD-00000001";
const never = new AbortController().signal;
let dir: string;
let faults: FaultFileSystem;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "sewer-sink-file-"));
  faults = new FaultFileSystem();
});

afterEach(async () => {
  if (faults.openFiles !== 0) throw new Error(`${faults.openFiles} files were left open`);
  await rm(dir, { recursive: true });
});

function makeSink(options: Partial<FileSinkOptions> = {}): Sink {
  const resolved = fileSinkOptions.parse({ type: "file", path: "out/%{yyyy-MM-dd/HH00}/data", ...options });
  return fileSink.create(resolved, {
    flow: "pixel",
    name: "main",
    hostname: "h1.example",
    baseDir: dir,
    clock: systemClock,
    random: systemRandom,
    fs: faults.fs,
    logger: silentLogger,
    metrics: noMetrics,
  });
}

function records(count: number): Buffer[] {
  return Array.from({ length: count }, (_, i) =>
    accessLogEvent.encodeRecord({
      timestamp: 1_700_000_000_000 + i,
      ip: "127.0.0.1",
      host: "",
      requestPath: `/${i}`,
      queryString: null,
      referer: null,
      userAgent: "x".repeat(i % 300),
      cookies: null,
    }),
  );
}

function batchFor(sink: Sink, count = 1000, origin: BatchOrigin = "fresh"): { batch: Batch; path: string } {
  const plan = sink.plan({ batchId: id, createdMs: 0, flow: "pixel" }, schema);
  const batch = plannedBatch({ id, schema, sinks: { main: plan }, records: records(count), origin });
  return { batch, path: plan["path"] as string };
}

/** All files below the test's directory. */
async function files(): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function keysOf(path: string): Promise<Buffer[]> {
  const keys: Buffer[] = [];
  for await (const { key } of await openSequenceFile(await readFile(path))) keys.push(key);
  return keys;
}

test("a batch becomes one file, readable by others, in directories that it makes", async () => {
  const sink = makeSink();
  const { batch, path } = batchFor(sink);
  const receipt = await sink.deliver(batch, never);
  expect(path).toBe(join(dir, `out/1970-01-01/0000/data-${id}.seq`));
  expect(await files()).toEqual([path]);
  expect(receipt).toEqual({ destination: path, records: 1000, bytes: (await stat(path)).size });
  expect((await keysOf(path)).map((key) => key.toString("hex"))).toEqual(
    records(1000).map((record) => record.subarray(1).toString("hex")),
  );
  const umask = process.umask();
  expect((await stat(path)).mode & 0o777).toBe(0o644 & ~umask);
  expect((await stat(dirname(path))).mode & 0o777).toBe(0o755 & ~umask);
});

test("an absolute path stays; JSON lines", async () => {
  const sink = makeSink({ path: join(dir, "abs/%{host}"), format: { type: "json" } });
  const { batch, path } = batchFor(sink, 3);
  await sink.deliver(batch, never);
  expect(path).toBe(join(dir, `abs/h1-${id}.jsonl`));
  const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
  expect(lines.map((line) => (JSON.parse(line) as { requestPath: string }).requestPath)).toEqual([
    "/0",
    "/1",
    "/2",
  ]);
});

test("bytes, then every new name are fsynced before the receipt", async () => {
  const sink = makeSink();
  const { batch, path } = batchFor(sink);
  await sink.deliver(batch, never);
  const synced = faults.calls.filter(({ name }) => name === "syncDirectory").map((call) => call.path);
  expect(synced).toEqual([dir, join(dir, "out"), join(dir, "out/1970-01-01"), dirname(path)]);
  const order = faults.calls.map(({ name }) => name);
  expect(order.lastIndexOf("write")).toBeLessThan(order.indexOf("datasync"));
  expect(order.indexOf("datasync")).toBeLessThan(order.indexOf("link"));
  expect(order.indexOf("link")).toBeLessThan(order.lastIndexOf("syncDirectory"));
});

test("a directory whose fsync failed is fsynced by the next attempt, though it is there", async () => {
  const sink = makeSink();
  const { batch } = batchFor(sink);
  faults.before = ({ name, path }) => {
    if (name === "syncDirectory" && path === join(dir, "out")) throw nodeError("EIO");
  };
  await expect(sink.deliver(batch, never)).rejects.toMatchObject({ code: "SEWER_FILE_SINK_FAILED" });
  faults.before = () => {};
  faults.calls.length = 0;
  await sink.deliver(batch, never);
  expect(faults.calls).toContainEqual({ name: "syncDirectory", path: join(dir, "out") });
});

test("SNK-3: redelivery, by this process or another, leaves one file", async () => {
  const { batch, path } = batchFor(makeSink());
  await makeSink().deliver(batch, never);
  const before = await stat(path, { bigint: true });
  for (const origin of ["fresh", "recovered"] as const) {
    const receipt = await makeSink().deliver(batchFor(makeSink(), 1000, origin).batch, never);
    expect(receipt).toEqual({ destination: path, records: 1000, bytes: Number(before.size) });
  }
  expect(await files()).toEqual([path]);
  expect((await stat(path, { bigint: true })).ino).toBe(before.ino);
});

describe("SNK-4: the name is taken", () => {
  test("by other records: a conflict, and the file stays as it is", async () => {
    const sink = makeSink();
    const { batch, path } = batchFor(sink);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, "someone else's");
    await expect(sink.deliver(batch, never)).rejects.toMatchObject({
      code: "SEWER_FILE_CONFLICT",
      scope: "batch",
      retry: "permanent",
    });
    expect(await readFile(path, "utf8")).toBe("someone else's");
    expect(await files()).toEqual([path]);
  });

  test.each([
    ["a directory has the name", async (path: string) => mkdir(path, { recursive: true })],
    [
      "a file is in the way",
      async (path: string) => {
        await mkdir(dirname(dirname(path)), { recursive: true });
        await writeFile(dirname(path), "x");
      },
    ],
    ["a file is far above", async () => writeFile(join(dir, "out"), "x")],
  ])("%s: the batch's fault", async (_, prepare) => {
    const sink = makeSink();
    const { batch, path } = batchFor(sink);
    await prepare(path);
    await expect(sink.deliver(batch, never)).rejects.toMatchObject({
      code: "SEWER_FILE_SINK_PATH",
      scope: "batch",
      retry: "permanent",
    });
    expect((await files()).filter((file) => file.includes("data-"))).toEqual([]);
  });

  test("a name that is too long is the batch's fault", async () => {
    const sink = makeSink({ path: "x".repeat(230) });
    await expect(sink.deliver(batchFor(sink).batch, never)).rejects.toMatchObject({
      code: "SEWER_FILE_SINK_PATH",
      scope: "batch",
    });
  });
});

test.each([
  ["ENOSPC", "SEWER_FILE_SINK_NO_SPACE"],
  ["EDQUOT", "SEWER_FILE_SINK_NO_SPACE"],
  ["EACCES", "SEWER_FILE_SINK_PERMISSION"],
  ["EROFS", "SEWER_FILE_SINK_PERMISSION"],
  ["EIO", "SEWER_FILE_SINK_FAILED"],
  ["ESTALE", "SEWER_FILE_SINK_FAILED"],
])("SNK-7: %s is the sink's fault, never the batch's", async (nodeCode, code) => {
  for (const name of [
    "stat",
    "mkdir",
    "open",
    "write",
    "datasync",
    "close",
    "link",
    "unlink",
    "syncDirectory",
  ]) {
    const sink = makeSink({ path: `${name}/x` });
    faults.before = (call) => {
      if (call.name === name) throw nodeError(nodeCode);
    };
    await expect(sink.deliver(batchFor(sink, 10).batch, never)).rejects.toMatchObject({
      code,
      scope: "sink",
      retry: "temporary",
    });
    faults.before = () => {};
  }
});

test("a file system without hard links is named", async () => {
  const sink = makeSink();
  faults.before = ({ name }) => {
    if (name === "link") throw nodeError("EPERM");
  };
  await expect(sink.deliver(batchFor(sink).batch, never)).rejects.toMatchObject({
    code: "SEWER_FILE_SINK_NO_LINKS",
  });
});

test("SNK-8: a file that is not as long as what was written is not published", async () => {
  const sink = makeSink();
  const { batch } = batchFor(sink);
  faults.losesWrites = true;
  await expect(sink.deliver(batch, never)).rejects.toMatchObject({ code: "SEWER_FILE_SINK_MISMATCH" });
  expect(await files()).toEqual([]);
});

/** The process ends at a call: it and every later one fail, so nothing is cleaned up. */
async function crashAt(index: number, moment: "before" | "after", kill: () => void): Promise<boolean> {
  faults = new FaultFileSystem();
  const sink = makeSink();
  const { batch } = batchFor(sink);
  let count = 0;
  let isDead = false;
  const die = (): void => {
    isDead = true;
    kill();
    throw nodeError("ECRASH");
  };
  const check = (call: Call): void => {
    if (call.name === "close") return;
    if (isDead) throw nodeError("ECRASH");
  };
  faults.before = (call) => {
    check(call);
    if (call.name !== "close" && moment === "before" && count++ === index) die();
  };
  faults.after = (call) => {
    if (call.name !== "close" && moment === "after" && !isDead && count++ === index) die();
  };
  await sink.deliver(batch, never).catch(() => {});
  faults.before = () => {};
  faults.after = () => {};
  return isDead;
}

test.each(["before", "after"] as const)(
  "SNK-1, SNK-2: a crash %s any call of the file system: whole or nothing, and the next process repairs",
  async (moment) => {
    const path = batchFor(makeSink()).path;
    const expected = records(1000).map((record) => record.subarray(1));
    let crashes = 0;
    for (let index = 0; ; index++) {
      let wasKilled = false;
      const crashed = await crashAt(index, moment, () => (wasKilled = true));
      expect(crashed).toBe(wasKilled);
      const visible = (await files()).filter((file) => file === path);
      for (const file of visible) expect(await keysOf(file)).toEqual(expected);
      if (!crashed) break;
      crashes++;
      const sink = makeSink();
      await sink.deliver(batchFor(sink, 1000, "recovered").batch, never);
      expect(await files()).toEqual([path]);
      expect(await keysOf(path)).toEqual(expected);
      await rm(join(dir, "out"), { recursive: true });
    }
    expect(crashes).toBeGreaterThan(10);
  },
);

test("SNK-6: an abort half way leaves nothing", async () => {
  const sink = makeSink({ format: { compression: "none" } });
  const { batch } = batchFor(sink, 20_000);
  const abort = new AbortController();
  faults.after = ({ name }) => {
    if (name === "write") abort.abort();
  };
  await expect(sink.deliver(batch, abort.signal)).rejects.toMatchObject({ code: "SEWER_FILE_ABORTED" });
  expect(await files()).toEqual([]);
});

describe("open finds out whether files can be made", () => {
  test("where the directory is there, and where only one above it is; it leaves nothing", async () => {
    await makeSink().open(never);
    expect(await readdir(dir)).toEqual([]);
    await mkdir(join(dir, "out"));
    await makeSink().open(never);
    expect(await readdir(join(dir, "out"))).toEqual([]);
  });

  test("not where a file is in the way", async () => {
    await writeFile(join(dir, "out"), "");
    await expect(makeSink().open(never)).rejects.toMatchObject({ code: "SEWER_FILE_SINK_PATH" });
  });

  test("not where the disk refuses", async () => {
    faults.before = ({ name }) => {
      if (name === "open") throw nodeError("EROFS");
    };
    await expect(makeSink().open(never)).rejects.toMatchObject({
      code: "SEWER_FILE_SINK_PERMISSION",
      scope: "sink",
    });
  });
});

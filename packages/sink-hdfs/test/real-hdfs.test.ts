import { isSewerError, systemClock, type Batch, type Receipt, type Sink } from "@sewer/core";
import { readWithHadoop, startHdfs, type Hdfs } from "@sewer/hdfs-testbed";
import { describeHdfs } from "@sewer/hdfs-testbed/vitest";
import { accessLogEvent, javaSource } from "@sewer/writable";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { HdfsFileStore, hdfsSinkOptions, type HdfsSinkOptions } from "../src/index.ts";
import { parseListing } from "../src/webhdfs/messages.ts";
import { batchFor, keysOf, makeSink, never, records } from "./events.ts";

describeHdfs("a real HDFS", () => {
  let hdfs: Hdfs;
  let store: HdfsFileStore;
  let directory: string;
  let count = 0;

  beforeAll(async () => {
    hdfs = await startHdfs();
    store = new HdfsFileStore(hdfsSinkOptions.parse({ type: "hdfs", ...options("/x") }), systemClock);
  }, 300_000);

  afterAll(async () => {
    await store?.close();
    await hdfs?.close();
  });

  beforeEach(() => {
    directory = `/t${++count}`;
  });

  function options(path: string) {
    return { namenodes: [hdfs.namenodeUrl], user: hdfs.user, path, replication: 1, blockSize: "1MiB" };
  }

  async function withSink<Result>(
    use: (sink: Sink) => Promise<Result>,
    changed: Partial<HdfsSinkOptions> = {},
  ): Promise<Result> {
    const sink = makeSink({ ...options(`${directory}/%{yyyy-MM-dd/HH00}/data`), ...changed });
    try {
      return await use(sink);
    } finally {
      await sink.close(never);
    }
  }

  function deliver(batchOptions?: Parameters<typeof batchFor>[1], changed?: Partial<HdfsSinkOptions>) {
    return withSink((sink) => sink.deliver(batchFor(sink, batchOptions).batch, never), changed);
  }

  async function read(path: string): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of store.read(path, never)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  /** Every file below the test's directory, hidden ones too. */
  async function files(): Promise<string[]> {
    const lines = (await hdfs.fs("-ls", "-R", directory)).split("\n");
    return lines.filter((line) => line.startsWith("-")).map((line) => line.slice(line.indexOf("/")));
  }

  function pathOf(receipt: Receipt): string {
    return receipt.destination.replace(/^webhdfs:\/\/[^/]*/, "");
  }

  test("SNK-1, SNK-3: 5,000 records arrive once, however often they are delivered", async () => {
    const sent = records(5000);
    const receipt = await deliver({ records: sent });
    const path = pathOf(receipt);
    expect(path).toMatch(/^\/t\d+\/1970-01-01\/0000\/data-01JDEF0000000000000000ABCD-00000001\.seq$/);
    const bytes = await read(path);
    expect(receipt).toMatchObject({ records: 5000, bytes: bytes.length });
    expect(await keysOf(bytes)).toEqual(sent.map((record) => record.subarray(1)));
    for (const origin of ["fresh", "recovered"] as const) {
      const { checksum: _, ...again } = receipt;
      expect(await deliver({ records: sent, origin })).toEqual(again);
    }
    expect(await files()).toEqual([path]);
    expect((await read(path)).equals(bytes)).toBe(true);
  });

  test("Hadoop's own reader gives the same records, for every compression", async () => {
    const { className } = accessLogEvent;
    const sent = records(200);
    for (const compression of ["none", "block"] as const) {
      const receipt = await deliver(
        { records: sent },
        { path: `${directory}/${compression}`, format: { compression } },
      );
      const found = await readWithHadoop({
        hdfs,
        files: [pathOf(receipt)],
        keySources: [{ className, source: javaSource(accessLogEvent) }],
      });
      const expected = sent.map((record) => ({ key: accessLogEvent.decode(record.subarray(1)), value: 1 }));
      expect(found).toEqual(expected);
    }
  });

  test("the checksum of a file of several blocks is Hadoop's own", async () => {
    const format = { compression: "none" } as const;
    const receipt = await deliver({ records: records(20_000) }, { format });
    expect(receipt.bytes).toBeGreaterThan(3 << 20);
    const [, algorithm, hex] = (await hdfs.fs("-checksum", pathOf(receipt))).split(/\s+/);
    expect(algorithm).toBe("MD5-of-2048MD5-of-512CRC32C");
    expect(receipt.checksum).toBe(`MD5-of-MD5-of-512CRC32C:${hex?.slice(24)}`);
  });

  test("JSON lines", async () => {
    const receipt = await deliver({ records: records(3) }, { format: { type: "json" } });
    const lines = (await read(pathOf(receipt))).toString("utf8").trimEnd().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { requestPath: string }).requestPath)).toEqual([
      "/0",
      "/1",
      "/2",
    ]);
  });

  test("SNK-11: what an earlier process left of this batch goes, and nothing else", async () => {
    const { path } = await withSink(async (sink) => batchFor(sink));
    const parent = path.slice(0, path.lastIndexOf("/"));
    const name = path.slice(parent.length + 1);
    const kept = [`.${name}`, `.${name}.crc`, ".other.seq.01JDEF0000000000000000ABCD", "z"];
    for (const other of [
      ...kept,
      `.${name}.01JDEF0000000000000000ABCD`,
      `.${name}.01JDEF0000000000000000ABCE`,
    ]) {
      await store.write({ path: `${parent}/${other}`, chunks: chunksOf("x"), batchBytes: 1 }, never);
    }
    expect((await store.list(parent, `.${name}.`, never)).length).toBe(3);
    const page = await fetch(
      `${hdfs.namenodeUrl}/webhdfs/v1${parent}?op=LISTSTATUS_BATCH&startAfter=.${name}.&user.name=${hdfs.user}`,
    );
    expect(parseListing(await page.text())?.names.slice(0, 3)).toEqual(
      await store.list(parent, `.${name}.`, never),
    );
    expect(await store.list(`${parent}/nowhere`, "x", never)).toEqual([]);
    await deliver({ origin: "recovered" });
    expect((await files()).map((file) => file.slice(parent.length + 1)).sort()).toEqual(
      [...kept, name].sort(),
    );
  });

  test("SNK-4: another file there is a conflict and stays", async () => {
    const other = await deliver({ records: records(100, 2) });
    const before = await read(pathOf(other));
    await expect(deliver()).rejects.toMatchObject({ code: "SEWER_FILE_CONFLICT", scope: "batch" });
    expect((await read(pathOf(other))).equals(before)).toBe(true);
    expect(await files()).toEqual([pathOf(other)]);
  });

  test("a directory has the name, a parent is a file, a name is too long: the batch's fault", async () => {
    const fault = { code: "SEWER_HDFS_PATH", scope: "batch", retry: "permanent" };
    const { path } = await withSink(async (sink) => batchFor(sink));
    await hdfs.fs("-mkdir", "-p", path);
    await expect(deliver()).rejects.toMatchObject(fault);
    await hdfs.fs("-touchz", `${directory}/file`);
    await expect(deliver({}, { path: `${directory}/file/x` })).rejects.toMatchObject(fault);
    await expect(deliver({}, { path: `${directory}/${"x".repeat(230)}` })).rejects.toMatchObject(fault);
    expect(await files()).toEqual([`${directory}/file`]);
  });

  test("no permission, a block size below the cluster's least: the sink's fault", async () => {
    await expect(deliver({}, { user: "stranger" })).rejects.toMatchObject({
      code: "SEWER_HDFS_PERMISSION",
      scope: "sink",
    });
    await expect(deliver({}, { blockSize: 512 })).rejects.toMatchObject({
      code: "SEWER_HDFS_CONFIGURATION",
      scope: "sink",
    });
  });

  test("safe mode: nothing happens until it ends", async () => {
    await hdfs.dfsAdmin("-safemode", "enter");
    try {
      await expect(deliver()).rejects.toMatchObject({ code: "SEWER_HDFS_SAFE_MODE", scope: "sink" });
    } finally {
      await hdfs.dfsAdmin("-safemode", "leave");
    }
    const receipt = await deliver();
    expect(await files()).toEqual([pathOf(receipt)]);
  });

  test("SNK-6, SNK-13: an abort in the middle of the upload leaves nothing, in the end", async () => {
    await withSink(
      async (sink) => {
        const abort = new AbortController();
        const { batch } = batchFor(sink, { records: records(20_000) });
        const halfway = onFrame(batch, 150, () => Promise.resolve(abort.abort()));
        await expect(sink.deliver(halfway, abort.signal)).rejects.toMatchObject({
          code: "SEWER_FILE_ABORTED",
        });
        expect(await sink.deliver(batch, never)).toMatchObject({ records: 20_000, keepsJournal: true });
        // The deletion may have been faster than the DataNode, which then made the file all the same.
        await expect.poll(files, { timeout: 30_000 }).toHaveLength(1);
      },
      { format: { compression: "none" }, janitorDelay: "1s" },
    );
  });

  test("the NameNode is killed in the middle of an upload, and comes back", async () => {
    const sent = records(20_000);
    await withSink(
      async (sink) => {
        await sink.open(never);
        const { batch } = batchFor(sink, { records: sent });
        await expect(
          sink.deliver(
            onFrame(batch, 150, () => hdfs.nameNode.kill()),
            never,
          ),
        ).rejects.toMatchObject({
          scope: "sink",
          retry: "temporary",
        });
        await expect(sink.deliver(batch, never)).rejects.toMatchObject({ code: "SEWER_HDFS_UNREACHABLE" });
        await hdfs.nameNode.start();
        await expect.poll(() => attempt(sink, batch), { timeout: 60_000, interval: 500 }).toBe("delivered");
      },
      { format: { compression: "none" } },
    );
    const [path, ...more] = await files();
    expect(more).toEqual([]);
    expect(await keysOf(await read(path!))).toEqual(sent.map((record) => record.subarray(1)));
  }, 180_000);

  test("the DataNode is killed in the middle of an upload, and comes back", async () => {
    await withSink(
      async (sink) => {
        const { batch } = batchFor(sink, { records: records(20_000) });
        const [dataNode] = hdfs.dataNodes;
        await expect(
          sink.deliver(
            onFrame(batch, 150, () => dataNode!.kill()),
            never,
          ),
        ).rejects.toMatchObject({
          scope: "sink",
          retry: "temporary",
        });
        await dataNode!.start();
        await hdfs.waitUntilReady();
        await expect.poll(() => attempt(sink, batch), { timeout: 60_000, interval: 500 }).toBe("delivered");
      },
      { format: { compression: "none" } },
    );
    expect(await files()).toHaveLength(1);
  }, 180_000);
});

/** The same batch; `act` runs once, before the given frame. */
function onFrame(batch: Batch, number: number, act: () => Promise<void>): Batch {
  let isDone = false;
  return Object.create(batch, {
    frames: {
      async *value(signal: AbortSignal) {
        let seen = 0;
        for await (const frame of batch.frames(signal)) {
          if (++seen === number && !isDone) {
            isDone = true;
            await act();
          }
          yield frame;
        }
      },
    },
  }) as Batch;
}

async function* chunksOf(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}

async function attempt(sink: Sink, batch: Batch): Promise<string> {
  try {
    await sink.deliver(batch, never);
    return "delivered";
  } catch (error) {
    return isSewerError(error) && error.scope === "sink"
      ? error.code
      : `not the cluster's fault: ${String(error)}`;
  }
}

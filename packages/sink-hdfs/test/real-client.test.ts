import { systemClock } from "@sewer/core";
import { startHdfs, type Hdfs } from "@sewer/hdfs-testbed";
import { describeHdfs } from "@sewer/hdfs-testbed/vitest";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { hdfsErrors, hdfsSinkOptions, type HdfsSinkOptions } from "../src/index.ts";
import { WebHdfsClient } from "../src/webhdfs/client.ts";
import { parseLiveNodes } from "../src/webhdfs/messages.ts";
import { never } from "./events.ts";

describeHdfs("the client at a real HDFS of two NameNodes and two DataNodes", () => {
  let hdfs: Hdfs;
  let client: WebHdfsClient;
  let directory: string;
  let count = 0;

  beforeAll(async () => {
    hdfs = await startHdfs({ highAvailability: true, dataNodes: 2, replication: 1 });
  }, 300_000);

  afterAll(() => hdfs?.close());

  beforeEach(() => {
    client = newClient();
    directory = `/c${++count}`;
  });

  afterEach(() => client.close());

  function newClient(change: Partial<HdfsSinkOptions> = {}): WebHdfsClient {
    const options = {
      type: "hdfs",
      namenodes: [...hdfs.namenodeUrls],
      user: hdfs.user,
      path: "/x",
      ...change,
    };
    return new WebHdfsClient({ ...hdfsSinkOptions.parse(options), clock: systemClock });
  }

  function create(name: string, { replication = 1, from = client } = {}) {
    const path = `${directory}/${name}`;
    return from.create(
      { path, blockSize: 1 << 20, replication, chunks: chunksOf("abc"), uploadMs: 600_000 },
      never,
    );
  }

  /** HTTP addresses of the DataNodes. */
  async function infoAddresses(): Promise<string[]> {
    const page = await fetch(`${hdfs.namenodeUrl}/jmx?qry=Hadoop:service=NameNode,name=NameNodeInfo`);
    return parseLiveNodes(await page.text()).map(({ infoAddr }) => infoAddr);
  }

  test("a barrier is an edit of the directory, or of what is above it", async () => {
    expect(await create("f")).toEqual({ bytes: 3, isConfirmed: true });
    for (const path of [directory, "/"]) {
      const before = await modificationTime(path);
      const below = path === "/" ? "/nowhere/at/all" : path;
      const at = await client.barrier(below, never);
      expect(at.origin).toBe(new URL(hdfs.namenodeUrl).origin);
      expect(await modificationTime(path)).toBeGreaterThan(before);
      expect(await client.status(`${directory}/f`, never, at)).toMatchObject({ length: 3 });
    }
  });

  async function modificationTime(path: string): Promise<number> {
    const answer = await fetch(
      `${hdfs.namenodeUrl}/webhdfs/v1${path}?op=GETFILESTATUS&user.name=${hdfs.user}`,
    );
    return ((await answer.json()) as { FileStatus: { modificationTime: number } }).FileStatus
      .modificationTime;
  }

  test("a file is found by its id after a rename, and not after its end", async () => {
    await create("t");
    const { fileId } = (await client.status(`${directory}/t`, never)) ?? { fileId: 0 };
    expect(await client.rename(`${directory}/t`, `${directory}/f`, never)).toBe("done");
    expect(await client.statusOfId(fileId, never)).toMatchObject({ fileId, length: 3 });
    expect(await client.delete(`${directory}/f`, never)).toBe(true);
    expect(await client.delete(`${directory}/f`, never)).toBe(false);
    expect(await client.statusOfId(fileId, never)).toBeUndefined();
  });

  test("replicas are counted", async () => {
    await create("one");
    expect(await client.blockReplicas(`${directory}/one`, never)).toEqual([1]);
    await create("two", { replication: 2 });
    await expect
      .poll(() => client.blockReplicas(`${directory}/two`, never), { timeout: 60_000 })
      .toEqual([2]);
    expect(await client.blockReplicas(`${directory}/none`, never)).toBeUndefined();
  });

  test("a DataNode that died is left out, before the NameNode notices", async () => {
    const [first] = hdfs.dataNodes;
    await first!.kill();
    try {
      expect(await untilFailure(client)).toMatchObject({ code: hdfsErrors.dataNode });
      // Without the exclusion, every second redirect would lead there.
      for (let i = 0; i < 10; i++) await create(`after${i}`);
    } finally {
      await first!.start();
      await hdfs.waitUntilReady();
    }
  }, 180_000);

  test("datanodeMap leads to another DataNode", async () => {
    const [first = "", second = ""] = await infoAddresses();
    const port = second.slice(second.lastIndexOf(":") + 1);
    const mapTo = (dial: string): Record<string, string> => ({ [`localhost:${port}`]: dial, [second]: dial });

    const lost = newClient({ datanodeMap: mapTo("127.0.0.1:1") });
    expect(await untilFailure(lost)).toMatchObject({
      message: expect.stringContaining(`:${port} cannot be`),
    });
    await lost.close();

    const found = newClient({ datanodeMap: mapTo(first) });
    for (let i = 0; i < 10; i++) await create(`found${i}`, { from: found });
    await found.close();
  });

  test("the barrier sees through an active NameNode that was paused and replaced", async () => {
    const [first, second] = hdfs.namenodeUrls.map((url) => new URL(url).origin);
    await create("old");
    expect((await client.barrier(directory, never)).origin).toBe(first);
    const { active } = hdfs.pair;
    await active.pause();
    await hdfs.pair.failover();
    const other = newClient({ namenodes: [second!] });
    // Not an upload: the DataNode would ask the paused one first, for up to a minute (ipc.ping.interval).
    expect(await other.rename(`${directory}/old`, `${directory}/new`, never)).toBe("done");
    await other.close();
    active.resume();
    await expect.poll(() => hdfs.pair.isActive(active), { timeout: 60_000 }).toBe(true);

    // It answers, from a namespace that has gone on without it.
    expect(await client.status(`${directory}/old`, never)).toMatchObject({ length: 3 });
    expect(await client.status(`${directory}/new`, never)).toBeUndefined();
    const at = await client.barrier(directory, never);
    expect(at.origin).toBe(second);
    expect(await client.status(`${directory}/new`, never, at)).toMatchObject({ length: 3 });
  });

  /** Uploads until one fails. The NameNode picks one of two DataNodes each time. */
  async function untilFailure(from: WebHdfsClient): Promise<unknown> {
    for (let i = 0; i < 50; i++) {
      try {
        await create(`before${i}`, { from });
      } catch (error) {
        return error;
      }
    }
    return "none failed";
  }
});

async function* chunksOf(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}

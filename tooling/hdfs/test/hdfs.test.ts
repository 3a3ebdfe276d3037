import { existsSync, readdirSync } from "node:fs";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { startHdfs, testbedErrors, type Hdfs } from "../src/index.ts";
import { readBean } from "../src/jmx.ts";
import { processFacts } from "../src/process-identity.ts";
import { describeHdfs } from "../src/vitest.ts";

describeHdfs("a bed with one DataNode", () => {
  let hdfs: Hdfs;

  beforeAll(async () => {
    hdfs = await startHdfs();
  });

  afterAll(async () => {
    await hdfs.close();
  });

  test("takes a file over WebHDFS and gives it back", async () => {
    await hdfs.files.write("/a/first", "Grüße\n");
    expect((await hdfs.files.read("/a/first")).toString()).toBe("Grüße\n");
    expect(await hdfs.fs("-ls", "-R", "/a")).toMatch(/sewer .* \/a\/first/);
  });

  test("keeps its files when the NameNode is killed and started again", async () => {
    await hdfs.files.write("/a/kept", "1");
    const { pid } = hdfs.nameNode;
    await hdfs.nameNode.kill();
    expect(hdfs.nameNode.state).toBe("stopped");
    // What Jetty unpacked goes with the bed's folder, not the system's temporary one.
    expect(readdirSync(hdfs.folder, { recursive: true }).map(String)).toContainEqual(
      expect.stringMatching(/\bjetty-[^/]*$/),
    );
    await expect(hdfs.files.write("/a/lost", "2")).rejects.toThrow(/ECONNREFUSED/);
    await hdfs.nameNode.start();
    expect(hdfs.nameNode.pid).not.toBe(pid);
    // The DataNode still has connections to the NameNode that died, and fails once on each.
    await vi.waitFor(async () => expect((await hdfs.files.read("/a/kept")).toString()).toBe("1"), 10_000);
    await hdfs.files.write("/a/after", "3");
  });

  test("keeps its blocks when the DataNode is killed and started again", async () => {
    await hdfs.files.write("/b/kept", "block");
    const [dataNode] = hdfs.dataNodes;
    await dataNode?.kill();
    await dataNode?.start();
    expect((await hdfs.files.read("/b/kept")).toString()).toBe("block");
  });

  test("a paused DataNode is silent until it is resumed", async () => {
    const [dataNode] = hdfs.dataNodes;
    const name = "Hadoop:service=DataNode,name=DataNodeInfo";
    await dataNode?.pause();
    expect(dataNode?.state).toBe("paused");
    expect(await readBean(dataNode?.httpUrl ?? "", name)).toBeUndefined();
    dataNode?.resume();
    expect(dataNode?.state).toBe("running");
    expect(await readBean(dataNode?.httpUrl ?? "", name)).toBeDefined();
  });

  test("stop is an orderly end, also of a paused role", async () => {
    const [dataNode] = hdfs.dataNodes;
    await dataNode?.pause();
    await dataNode?.stop();
    expect(dataNode?.state).toBe("stopped");
    expect(dataNode?.logTail).toContain("SHUTDOWN_MSG");
    await dataNode?.start();
    await hdfs.waitUntilReady();
  });

  test("runs Hadoop's tools and says why one failed", async () => {
    expect(await hdfs.dfsAdmin("-safemode", "get")).toContain("Safe mode is OFF");
    await expect(hdfs.fs("-ls", "/nowhere")).rejects.toMatchObject({
      code: testbedErrors.tool,
      message: expect.stringContaining("No such file or directory"),
    });
  });

  test("one NameNode is no pair", () => {
    expect(() => hdfs.pair).toThrow(/start with highAvailability/);
  });

  test("refuses to start what runs", async () => {
    await expect(hdfs.nameNode.start()).rejects.toMatchObject({ code: testbedErrors.state });
  });

  test("close leaves no process and no file", async () => {
    const pids = hdfs.roles.map(({ pid }) => pid ?? 0);
    expect(pids.map((pid) => processFacts(pid)?.pid)).toEqual(pids);
    await hdfs.dataNodes[0]?.pause();
    await hdfs.close();
    expect(pids.map((pid) => processFacts(pid))).toEqual([undefined, undefined]);
    expect(existsSync(hdfs.folder)).toBe(false);
  });
});

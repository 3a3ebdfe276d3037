import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { startHdfs, testbedErrors, type Hdfs } from "../src/index.ts";
import { describeHdfs } from "../src/vitest.ts";

describeHdfs("an administrator and an outside user", () => {
  let hdfs: Hdfs;

  beforeAll(async () => {
    hdfs = await startHdfs({ dataNodes: 2, replication: 2 });
  });

  afterAll(async () => {
    await hdfs?.close();
  });

  afterEach(async () => {
    await hdfs.files.remove("/t");
  });

  function refused(words: string) {
    return { code: testbedErrors.tool, message: expect.stringContaining(words) };
  }

  test("files are made, read, moved, listed and removed", async () => {
    const { files } = hdfs;
    await files.write("/t/a b/.hidden", "1");
    await files.write("/t/empty", "");
    expect((await files.read("/t/a b/.hidden")).toString()).toBe("1");
    expect(await files.read("/t/empty")).toHaveLength(0);
    expect(await files.tree("/t")).toEqual(["/t/a b/.hidden", "/t/empty"]);
    const before = await files.stat("/t/empty");
    await files.rename("/t/empty", "/t/moved");
    expect(await files.stat("/t/moved")).toMatchObject({ length: 0, fileId: before?.fileId, owner: "sewer" });
    expect(await files.stat("/t/empty")).toBeUndefined();
    await expect(files.rename("/t/moved", "/t/a b")).rejects.toMatchObject(
      refused("must both be directories"),
    );
    expect(await files.remove("/t/moved")).toBe(true);
    expect(await files.remove("/t/moved")).toBe(false);
    expect(await files.list("/t/moved")).toEqual([]);
  });

  test("directories and files of other owners and permissions", async () => {
    await hdfs.files.mkdir("/t/theirs", { owner: "alice", permission: "500" });
    expect(await hdfs.files.stat("/t/theirs")).toMatchObject({
      type: "DIRECTORY",
      owner: "alice",
      permission: "500",
    });
    const url = `${hdfs.namenodeUrl}/webhdfs/v1/t/theirs/x?op=MKDIRS&user.name=bob`;
    expect(await (await fetch(url, { method: "PUT" })).text()).toContain("AccessControlException");
  });

  test("in safe mode nothing changes", async () => {
    await hdfs.admin.enterSafeMode();
    expect(await hdfs.admin.isInSafeMode()).toBe(true);
    await expect(hdfs.files.mkdir("/t")).rejects.toMatchObject(refused("SafeModeException"));
    await hdfs.admin.leaveSafeMode();
    expect(await hdfs.admin.isInSafeMode()).toBe(false);
    await hdfs.files.mkdir("/t");
  });

  test("quotas of names and of space, and their end", async () => {
    await hdfs.files.mkdir("/t");
    await hdfs.admin.setNameQuota("/t", 1);
    await expect(hdfs.files.mkdir("/t/x")).rejects.toMatchObject(refused("NSQuotaExceededException"));
    await hdfs.admin.setNameQuota("/t", null);
    await hdfs.admin.setSpaceQuota("/t", 2 << 20);
    await hdfs.files.write("/t/fits", "x");
    await expect(hdfs.files.write("/t/y", "x")).rejects.toMatchObject(refused("DSQuotaExceededException"));
    await hdfs.admin.setSpaceQuota("/t", null);
    await hdfs.files.write("/t/y", "x");
  });

  test("a file has its replicas on the DataNodes", async () => {
    await hdfs.files.write("/t/x", Buffer.alloc((1 << 20) + 1));
    const live = (await hdfs.admin.liveDataNodes()).map(({ dataAddress }) => dataAddress).sort();
    expect(live).toHaveLength(2);
    await vi.waitFor(async () => {
      const replicas = await hdfs.files.replicas("/t/x");
      expect(replicas.map((addresses) => addresses.sort())).toEqual([live, live]);
    }, 10_000);
  });

  test("a watch keeps every listing that differs", async () => {
    const watch = hdfs.files.watch("/t");
    await vi.waitFor(() => expect(watch.looks).toBeGreaterThan(1));
    await hdfs.files.write("/t/.temporary", "");
    await vi.waitFor(() => expect(watch.listings.at(-1)).toHaveLength(1));
    await hdfs.files.rename("/t/.temporary", "/t/final");
    await watch.stop();
    const names = watch.listings.map((listing) => listing.map(({ pathSuffix }) => pathSuffix).join());
    expect([...new Set(names)]).toEqual(["", ".temporary", "final"]);
    expect(watch.failures).toBe(0);
  });

  test("a watch outlives a NameNode that is away", async () => {
    await hdfs.files.write("/t/x", "");
    const watch = hdfs.files.watch("/t");
    await vi.waitFor(() => expect(watch.looks).toBeGreaterThan(0));
    await hdfs.nameNode.kill();
    await vi.waitFor(() => expect(watch.failures).toBeGreaterThan(0));
    await hdfs.nameNode.start();
    await watch.stop();
    expect(watch.listings.map((listing) => listing.length)).toEqual([1]);
  });

  test("a NameNode that starts without DataNodes stays in safe mode till one comes", async () => {
    await Promise.all(hdfs.dataNodes.map((dataNode) => dataNode.kill()));
    await hdfs.nameNode.kill();
    await hdfs.nameNode.start();
    await vi.waitFor(async () => expect(await hdfs.admin.isInSafeMode()).toBe(true), 20_000);
    await expect(hdfs.files.mkdir("/t")).rejects.toMatchObject(refused("SafeModeException"));
    await Promise.all(hdfs.dataNodes.map((dataNode) => dataNode.start()));
    await hdfs.waitUntilReady();
    await hdfs.files.mkdir("/t");
  });

  test("full disks, and room again", async () => {
    for (const dataNode of hdfs.dataNodes) {
      await hdfs.setProperties(dataNode, { "dfs.datanode.du.reserved": String(2 ** 50) });
      await dataNode.stop();
      await dataNode.start();
    }
    await vi.waitFor(async () => {
      const rooms = (await hdfs.admin.liveDataNodes()).map(({ remainingBytes }) => remainingBytes);
      expect(rooms).toEqual([0, 0]);
    }, 20_000);
    await expect(hdfs.files.write("/t/x", "x")).rejects.toMatchObject(refused("Failed to find datanode"));
    for (const dataNode of hdfs.dataNodes) {
      await hdfs.setProperties(dataNode, {});
      await dataNode.stop();
      await dataNode.start();
    }
    await vi.waitFor(() => hdfs.files.write("/t/x", "x"), 20_000);
  });
});

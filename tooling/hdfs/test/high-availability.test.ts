import { createConnection } from "node:net";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { startHdfs, type Hdfs } from "../src/index.ts";
import { describeHdfs } from "../src/vitest.ts";

describeHdfs("a pair of NameNodes", () => {
  let hdfs: Hdfs;

  beforeAll(async () => {
    hdfs = await startHdfs({ highAvailability: true });
  });

  afterAll(async () => {
    await hdfs?.close();
  });

  async function call(nameNode: number, method: string, path: string, op: string): Promise<Response> {
    const url = `${hdfs.namenodeUrls[nameNode]}/webhdfs/v1${path}?op=${op}&user.name=${hdfs.user}`;
    return fetch(url, { method });
  }

  /** Puts a request into the hands of the kernel, which accepts for a paused process, too, and goes away. */
  async function sendAndLeave(url: string, target: string): Promise<void> {
    const head = `PUT /webhdfs/v1${target}&user.name=${hdfs.user} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`;
    const socket = createConnection({ host: "127.0.0.1", port: Number(new URL(url).port) });
    await new Promise<void>((resolve) => socket.end(head, resolve));
    socket.destroy();
  }

  async function exceptionOf(response: Response): Promise<unknown> {
    const { RemoteException } = (await response.json()) as { RemoteException: { exception: string } };
    return RemoteException.exception;
  }

  test("the first is active, the other refuses", async () => {
    const [first, second] = hdfs.nameNodes as [never, never];
    expect(hdfs.pair.active).toBe(first);
    expect(hdfs.pair.standby).toBe(second);
    expect(await hdfs.pair.isActive(first)).toBe(true);
    expect(await hdfs.pair.isActive(second)).toBe(false);
    expect(await exceptionOf(await call(1, "PUT", "/a", "MKDIRS"))).toBe("StandbyException");
    await hdfs.files.write("/a/first", "1");
    expect(await hdfs.fs("-cat", "/a/first")).toBe("1");
  });

  test("a failover and back", async () => {
    const { active, standby } = hdfs.pair;
    await hdfs.pair.failover();
    expect(hdfs.pair.active).toBe(standby);
    expect(await exceptionOf(await call(0, "PUT", "/a", "MKDIRS"))).toBe("StandbyException");
    expect((await call(1, "PUT", "/a/by-second", "MKDIRS")).status).toBe(200);
    expect(await hdfs.fs("-ls", "/a")).toMatch(/by-second[^]*first/);
    await hdfs.pair.failover();
    expect(hdfs.pair.active).toBe(active);
    expect((await call(0, "GET", "/a/by-second", "GETFILESTATUS")).status).toBe(200);
    expect((await hdfs.files.read("/a/first")).toString()).toBe("1");
  });

  test("an active one that was paused is active by its own account until it writes, and ends then", async () => {
    const { active, standby } = hdfs.pair;
    await active.pause();
    await hdfs.pair.failover();
    expect((await call(1, "PUT", "/a/since", "MKDIRS")).status).toBe(200);
    active.resume();
    await vi.waitFor(async () => expect(await hdfs.pair.isActive(active)).toBe(true), 10_000);
    expect((await call(0, "GET", "/a/since", "GETFILESTATUS")).status).toBe(404);
    expect((await call(0, "GET", "/a/first", "GETFILESTATUS")).status).toBe(200);
    await expect(call(0, "PUT", "/a/lost", "MKDIRS")).rejects.toThrow("fetch failed");
    await active.exited();
    expect((await call(1, "GET", "/a/lost", "GETFILESTATUS")).status).toBe(404);
    await active.start();
    expect(await hdfs.pair.isActive(active)).toBe(false);
    expect(hdfs.pair.active).toBe(standby);
  });

  test("a RENAME that waits in a paused active one is done when it is resumed, though its client is gone", async () => {
    const { active } = hdfs.pair;
    await hdfs.files.write("/b/from", "1");
    await active.pause();
    await sendAndLeave(active.httpUrl, "/b/from?op=RENAME&destination=/b/to");
    active.resume();
    await vi.waitFor(async () => expect(await hdfs.files.tree("/b")).toEqual(["/b/to"]), 20_000);
  });

  test("the same, with a failover in between, changes nothing, and the resumed one ends", async () => {
    const { active } = hdfs.pair;
    await hdfs.files.write("/c/from", "1");
    await active.pause();
    await sendAndLeave(active.httpUrl, "/c/from?op=RENAME&destination=/c/to");
    await hdfs.pair.failover();
    active.resume();
    await active.exited();
    expect(await hdfs.files.tree("/c")).toEqual(["/c/from"]);
    await active.start();
  });

  test("a killed active one is replaced", async () => {
    const { active, standby } = hdfs.pair;
    await active.kill();
    await hdfs.pair.failover();
    await hdfs.files.mkdir("/a/after-kill");
    expect(hdfs.pair.active).toBe(standby);
    await active.start();
    await hdfs.waitUntilReady();
  });
});

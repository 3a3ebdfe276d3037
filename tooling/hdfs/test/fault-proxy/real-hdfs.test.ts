import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { BedProxies, startHdfs, type Hdfs } from "../../src/index.ts";
import { describeHdfs } from "../../src/vitest.ts";

describeHdfs("a bed behind fault proxies", () => {
  let hdfs: Hdfs;
  let proxies: BedProxies;

  beforeAll(async () => {
    hdfs = await startHdfs();
    proxies = await BedProxies.start(hdfs);
  });

  afterAll(async () => {
    await proxies?.close();
    await hdfs?.close();
  });

  afterEach(() => proxies.clear());

  async function send(method: string, url: string, body?: Buffer): Promise<IncomingMessage> {
    const sent = request(url, { method });
    sent.end(body);
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    return response.resume();
  }

  function nameNode(method: string, path: string, query: string): Promise<IncomingMessage> {
    return send(method, `${proxies.namenodeUrls[0]}/webhdfs/v1${path}?${query}&user.name=sewer`);
  }

  async function upload(path: string, body: Buffer): Promise<IncomingMessage> {
    const { headers } = await nameNode("PUT", path, "op=CREATE");
    const location = new URL(headers.location ?? "");
    location.host = proxies.datanodeMap[location.host] as string;
    return send("PUT", location.href, body);
  }

  function rename(from: string, to: string): Promise<IncomingMessage> {
    return nameNode("PUT", from, `op=RENAME&renameoptions=NONE&destination=${to}`);
  }

  test("without a fault a file arrives through them", async () => {
    expect((await upload("/a/whole", Buffer.alloc(3 << 20, "x"))).statusCode).toBe(201);
    expect(await hdfs.files.stat("/a/whole")).toMatchObject({ length: 3 << 20 });
    expect((await rename("/a/whole", "/a/renamed")).statusCode).toBe(200);
    expect(proxies.nameNodes[0]?.seen.map(({ op }) => op)).toEqual(["CREATE", "RENAME"]);
    expect(proxies.dataNodes[0]?.seen.map(({ op, path }) => [op, path])).toEqual([["CREATE", "/a/whole"]]);
  });

  test.each([0, 1, 700_000, (1 << 20) + 1])(
    "an upload cut after %i bytes is a file of that length",
    async (bytes) => {
      const path = `/cut/${bytes}`;
      proxies.dataNodes[0]?.on({ op: "CREATE" }, { kind: "cut", side: "request", afterBytes: bytes });
      await expect(upload(path, Buffer.alloc(2 << 20))).rejects.toMatchObject({ code: "ECONNRESET" });
      await vi.waitFor(
        async () => expect(await hdfs.files.stat(path)).toMatchObject({ length: bytes }),
        10_000,
      );
    },
  );

  test("a swallowed RENAME was done, a swallowed 201 too", async () => {
    const lost = proxies.nameNodes[0]?.on({ op: "RENAME" }, { kind: "swallow", how: "rst" });
    await hdfs.files.write("/s/from", "1");
    await expect(rename("/s/from", "/s/to")).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(lost?.hits.map(({ path }) => path)).toEqual(["/s/from"]);
    proxies.dataNodes[0]?.on({ op: "CREATE" }, { kind: "swallow" });
    await expect(upload("/s/uploaded", Buffer.from("whole"))).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(await hdfs.files.tree("/s")).toEqual(["/s/to", "/s/uploaded"]);
    expect((await hdfs.files.read("/s/uploaded")).toString()).toBe("whole");
  });

  test("a RENAME that is stuck is done after its client has gone", async () => {
    await hdfs.files.write("/h/from", "1");
    const hold = proxies.nameNodes[0]?.on({ op: "RENAME" }, { kind: "hold" });
    const url = `${proxies.namenodeUrls[0]}/webhdfs/v1/h/from?op=RENAME&destination=/h/to&user.name=sewer`;
    const sent = request(url, { method: "PUT" }).on("error", () => {});
    sent.end();
    await hold?.hit();
    sent.destroy();
    expect(await hdfs.files.tree("/h")).toEqual(["/h/from"]);
    hold?.release();
    await vi.waitFor(async () => expect(await hdfs.files.tree("/h")).toEqual(["/h/to"]), 10_000);
  });
});

import { describe, expect, test } from "vitest";
import { batchFor, keysOf, never } from "./events.ts";
import { bigRecords, fakeCluster, path, refuse } from "./fake-cluster.ts";
import { sendJson, type Intercept } from "./fake-hdfs.ts";

const cluster = fakeCluster();

test("delivers: CREATE, bytes to the DataNode, length, checksum, RENAME, fileId", async () => {
  await cluster.sink.open(never);
  cluster.hdfs.seen.length = 0;
  const sent = bigRecords;
  const receipt = await cluster.sink.deliver(batchFor(cluster.sink, { records: sent }).batch, never);
  expect([...cluster.hdfs.files.keys()]).toEqual([path]);
  const file = cluster.hdfs.files.get(path)!;
  expect(await keysOf(file.bytes)).toEqual(sent.map((record) => record.subarray(1)));
  expect(file.bytes.length).toBeGreaterThan(1 << 20);
  expect(receipt).toEqual({
    destination: `webhdfs://${new URL(cluster.hdfs.namenodes[0]!).host}${path}`,
    records: 6000,
    bytes: file.bytes.length,
    checksum: expect.stringMatching(/^MD5-of-MD5-of-512CRC32C:[0-9a-f]{32}$/),
  });
  expect(cluster.hdfs.ops()).toEqual([
    "nn0 CREATE",
    "dn CREATE",
    "nn0 GETFILESTATUS",
    "nn0 GETFILECHECKSUM",
    "dn GETFILECHECKSUM",
    "nn0 RENAME",
    "nn0 GETFILESTATUS",
  ]);
  const [create, put] = cluster.hdfs.seen;
  expect(Object.fromEntries(create!.query)).toEqual({
    op: "CREATE",
    "user.name": "sewer",
    overwrite: "false",
    createparent: "true",
    permission: "644",
    blocksize: "1048576",
    replication: "3",
  });
  expect(create!.headers).toMatchObject({ "x-xsrf-header": "sewer", "content-length": "0" });
  expect(put!.headers).toMatchObject({
    expect: "100-continue",
    "transfer-encoding": "chunked",
    "content-type": "application/octet-stream",
  });
  expect(put!.path).toMatch(/^\/logs\/1970-01-01\/0000\/\.data-01JDEF0\w+-00000001\.seq\.[0-9A-Z]{26}$/);
});

test("a backlog of small batches: five requests to the NameNode each, and one for their directory", async () => {
  const batches = 30;
  for (let n = 1; n <= batches; n++) {
    const id = `01JDEF0000000000000000ABCD-${String(n).padStart(8, "0")}`;
    await cluster.sink.deliver(batchFor(cluster.sink, { id, origin: "recovered" }).batch, never);
  }
  expect(cluster.hdfs.files.size).toBe(batches);
  const asked = cluster.hdfs.seen.filter(({ at }) => at !== "dn").map(({ op }) => op);
  expect(asked.filter((op) => op === "LISTSTATUS_BATCH")).toHaveLength(1);
  expect(asked.length).toBe(5 * batches + 1);
});

test("SNK-3: redelivery reads back what is there", async () => {
  const first = await cluster.deliver();
  expect(first).toMatchObject({ records: 100 });
  const again = cluster.newSink();
  expect(await cluster.deliver(again)).toMatchObject({
    records: 100,
    bytes: cluster.hdfs.files.get(path)?.bytes.length,
  });
  expect([...cluster.hdfs.files.keys()]).toEqual([path]);
  await again.close(never);
});

test("SNK-4: other records are a conflict", async () => {
  cluster.hdfs.put(path, "something else");
  expect(await cluster.deliver()).toMatchObject({
    code: "SEWER_FILE_CONFLICT",
    scope: "batch",
    retry: "permanent",
  });
  expect(cluster.hdfs.files.get(path)?.bytes.toString()).toBe("something else");
  expect([...cluster.hdfs.files.keys()]).toEqual([path]);
});

describe("SNK-8: no status is an answer", () => {
  test("201 for a short file: not published", async () => {
    cluster.faults("dn", "CREATE", 3, ({ path: name }, request, response) => {
      response.writeContinue();
      cluster.hdfs.put(name, "short");
      request.resume().on("end", () => response.writeHead(201).end());
      return true;
    });
    expect(await cluster.deliver()).toMatchObject({
      code: "SEWER_HDFS_MISMATCH",
      scope: "sink",
      message: expect.stringContaining("it has 5 bytes"),
    });
    expect(cluster.hdfs.files.size).toBe(0);
    expect(cluster.hdfs.ops()).not.toContain("nn0 RENAME");
  });

  test("201 before the body's end: not published", async () => {
    cluster.faults("dn", "CREATE", 3, (_, request, response) => {
      response.writeContinue();
      request.once("data", () => response.writeHead(201).end());
      return true;
    });
    const big = batchFor(cluster.sink, { records: bigRecords }).batch;
    await expect(cluster.sink.deliver(big, never)).rejects.toMatchObject({ code: "SEWER_HDFS_DATANODE" });
    expect(cluster.hdfs.ops()).not.toContain("nn0 RENAME");
  });

  test("the right length with other bytes: not published", async () => {
    cluster.faults("dn", "GETFILECHECKSUM", 3, ({ path: name }) => {
      cluster.hdfs.files.get(name)!.bytes[100]! ^= 1;
      return false;
    });
    expect(await cluster.deliver()).toMatchObject({ code: "SEWER_HDFS_MISMATCH" });
    expect(cluster.hdfs.files.size).toBe(0);
  });

  test.each(["MD5-of-0MD5-of-512CRC32", "COMPOSITE-CRC32C", "MD5-of-0MD5-of-4096CRC32C"])(
    "a checksum of kind %s: the bytes are read back",
    async (algorithm) => {
      cluster.faults("dn", "GETFILECHECKSUM", 9, (_, _request, response) => {
        sendJson(response, { FileChecksum: { algorithm, bytes: "00", length: 28 } });
        return true;
      });
      expect(await cluster.deliver()).toMatchObject({ records: 100 });
      expect(cluster.hdfs.ops()).toContain("dn OPEN");
    },
  );

  test("a checksum of kind unknown and other bytes: not published", async () => {
    cluster.hdfs.intercept = ({ at, op, path: name }, _request, response) => {
      if (at === "dn" && op === "OPEN") cluster.hdfs.files.get(name)!.bytes[100]! ^= 1;
      if (at !== "dn" || op !== "GETFILECHECKSUM") return false;
      sendJson(response, { FileChecksum: { algorithm: "other", bytes: "00", length: 28 } });
      return true;
    };
    expect(await cluster.deliver()).toMatchObject({ code: "SEWER_HDFS_MISMATCH" });
  });

  test("an encrypted or erasure coded file: the bytes are read back", async () => {
    cluster.faults("nn", "GETFILESTATUS", 1, ({ path: name }, _request, response) => {
      const { bytes, fileId, blockSize } = cluster.hdfs.files.get(name)!;
      const status = { type: "FILE", length: bytes.length, fileId, blockSize, encBit: true };
      sendJson(response, { FileStatus: status });
      return true;
    });
    expect(await cluster.deliver()).toMatchObject({ records: 100 });
    expect(cluster.hdfs.ops()).not.toContain("nn0 GETFILECHECKSUM");
    expect(cluster.hdfs.ops()).toContain("dn OPEN");
  });

  test.each([
    ["200 that did nothing", ""],
    ["200 with false, of a server without renameoptions", '{"boolean":false}'],
  ])("RENAME: %s", async (_, body) => {
    cluster.faults("nn", "RENAME", 1, (_seen, _request, response) => {
      response.writeHead(200).end(body);
      return true;
    });
    const { batch } = batchFor(cluster.sink);
    expect(await cluster.deliver(cluster.sink, batch)).toMatchObject({
      code: "SEWER_HDFS_FAILED",
      scope: "sink",
      retry: "temporary",
    });
    expect(cluster.hdfs.files.has(path)).toBe(false);
    expect(await cluster.deliver(cluster.sink, batch)).toMatchObject({ records: 100 });
    expect([...cluster.hdfs.files.keys()]).toEqual([path]);
  });

  test("RENAME: 200, but another file has the name", async () => {
    cluster.faults("nn", "RENAME", 1, (_, _request, response) => {
      cluster.hdfs.put(path, "someone else's");
      response.writeHead(200).end();
      return true;
    });
    expect(await cluster.deliver()).toMatchObject({ code: "SEWER_FILE_CONFLICT" });
    expect([...cluster.hdfs.files.keys()]).toEqual([path]);
  });

  test("RENAME, and a consumer takes the file away at once", async () => {
    cluster.hdfs.intercept = ({ op, path: name }) => {
      if (op === "GETFILESTATUS" && name === path) cluster.hdfs.move(path, "/taken/1");
      return false;
    };
    expect(await cluster.deliver()).toMatchObject({ records: 100 });
    expect([...cluster.hdfs.files.keys()]).toEqual(["/taken/1"]);
  });

  test("RENAME, and a consumer takes the file away and deletes it at once: a duplicate rather than a loss", async () => {
    let taken = 0;
    cluster.hdfs.intercept = ({ op, path: name }) => {
      if (op === "GETFILESTATUS" && name === path && taken++ === 0) cluster.hdfs.files.delete(path);
      return false;
    };
    expect(await cluster.deliver()).toMatchObject({ records: 100 });
    expect([...cluster.hdfs.files.keys()]).toEqual([path]);
    expect(cluster.logged.join()).toContain("SEWER_FILE_VANISHED");
  });

  test.each(["", "<html>proxy</html>", '{"FileStatus":{"len', "[]", "null"])(
    "200 with the body %j for a status",
    async (body) => {
      cluster.faults("nn", "GETFILESTATUS", 1, (_, _request, response) => {
        response.writeHead(200).end(body);
        return true;
      });
      expect(await cluster.deliver()).toMatchObject({ code: "SEWER_HDFS_FAILED", scope: "sink" });
      expect(cluster.hdfs.files.size).toBe(0);
    },
  );
});

describe("the batch's own faults", () => {
  test.each<[string, Intercept]>([
    ["name too long", refuse("RemoteException", "The maximum path component name limit of x is exceeded")],
    ["a parent is a file", refuse("ParentNotDirectoryException", "/logs (is not a directory)")],
    [
      "a directory has the name",
      refuse("IOException", "Source a and destination b must both be directories"),
    ],
  ])("%s: nothing is left that could be published later", async (_, intercept) => {
    cluster.faults("nn", "RENAME", 1, intercept);
    expect(await cluster.deliver()).toMatchObject({
      code: "SEWER_HDFS_PATH",
      scope: "batch",
      retry: "permanent",
    });
    expect(cluster.hdfs.files.size).toBe(0);
  });

  test("SNK-5: with another count of records the body is never ended", async () => {
    const ends: boolean[] = [];
    cluster.hdfs.intercept = ({ at }, request) => {
      if (at === "dn") request.on("close", () => ends.push(request.complete));
      return false;
    };
    const { batch } = batchFor(cluster.sink, { readableCount: 101 });
    await expect(cluster.sink.deliver(batch, never)).rejects.toMatchObject({
      code: "SEWER_FILE_RECORD_COUNT",
    });
    await expect.poll(() => ends).toEqual([false]);
    expect(cluster.hdfs.ops()).not.toContain("nn0 RENAME");
    expect([...cluster.hdfs.files.keys()]).toEqual([]);
  });
});

describe("SNK-6: abort", () => {
  test("at nn RENAME: rejects, and nothing is visible", async () => {
    const abort = new AbortController();
    cluster.faults("nn", "RENAME", 1, () => {
      abort.abort();
      return true;
    });
    const { batch } = batchFor(cluster.sink);
    await expect(cluster.sink.deliver(batch, abort.signal)).rejects.toMatchObject({
      code: "SEWER_FILE_ABORTED",
    });
    expect(cluster.hdfs.files.has(path)).toBe(false);
    expect(await cluster.deliver(cluster.sink, batch)).toMatchObject({ records: 100 });
    expect([...cluster.hdfs.files.keys()]).toEqual([path]);
  });

  test.each(["nn CREATE", "dn CREATE", "nn GETFILESTATUS", "dn GETFILECHECKSUM"])(
    "at %s: rejects, and leaves nothing",
    async (step) => {
      const [at, op] = step.split(" ") as [string, string];
      const abort = new AbortController();
      cluster.faults(at, op, 1, () => {
        abort.abort();
        return true;
      });
      await expect(cluster.sink.deliver(batchFor(cluster.sink).batch, abort.signal)).rejects.toMatchObject({
        code: "SEWER_FILE_ABORTED",
      });
      await expect.poll(() => cluster.hdfs.files.size).toBe(0);
    },
  );
});

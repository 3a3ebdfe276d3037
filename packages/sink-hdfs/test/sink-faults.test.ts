import { isSewerError } from "@sewer/core";
import { ManualClock } from "@sewer/testkit";
import { describe, expect, test } from "vitest";
import { batchFor, makeSink, never } from "./events.ts";
import { bigRecords, fakeCluster, lost, path, refuse } from "./fake-cluster.ts";
import { sendException, sendJson, type Intercept } from "./fake-hdfs.ts";

const cluster = fakeCluster();

describe("one attempt fails, the next succeeds at once", () => {
  test.each<[string, Intercept]>([
    ["the DataNode breaks off", lost],
    [
      "first PUT after a NameNode's restart",
      refuse("EOFException", "End of File Exception between local host"),
    ],
    ["a bad pipeline", refuse("IOException", "All datanodes [x] are bad. Aborting...")],
    ["the last block", refuse("IOException", "Unable to close file because the last block x does not have")],
    ["the name is open", refuse("AlreadyBeingCreatedException", "Failed to CREATE_FILE")],
    [
      "a refusal with no JSON",
      (_, _request, response) => !!response.writeHead(302, { Location: "http://x/" }).end(),
    ],
  ])("%s", async (_, intercept) => {
    for (const times of [1, 2]) {
      cluster.hdfs.files.clear();
      cluster.faults("dn", "CREATE", times, intercept);
      expect(await cluster.deliver()).toMatchObject({ records: 100 });
      expect([...cluster.hdfs.files.keys()]).toEqual([path]);
    }
    cluster.faults("dn", "CREATE", 3, intercept);
    cluster.hdfs.files.clear();
    expect(await cluster.deliver()).toMatchObject({ scope: "sink", retry: "temporary" });
    expect(cluster.hdfs.files.size).toBe(0);
  });

  test("a DataNode that cannot be reached", async () => {
    cluster.hdfs.liveNodes = { ...cluster.hdfs.liveNodes, "dead:9866": { infoAddr: "127.0.0.1:1" } };
    cluster.faults("nn", "CREATE", 1, (_, request, response) => {
      response.writeHead(307, { Location: `http://127.0.0.1:1${request.url}` }).end();
      return true;
    });
    expect(await cluster.deliver()).toMatchObject({ records: 100 });
  });

  test("a DataNode that sends no 100", async () => {
    const clock = new ManualClock();
    cluster.sink = cluster.newSink({}, clock);
    cluster.faults("dn", "CREATE", 1, () => {
      setImmediate(() => clock.advance(15_000));
      return true;
    });
    expect(await cluster.deliver()).toMatchObject({ records: 100 });
    expect(cluster.logged.join()).toContain("sent no 100 Continue within 15000 ms");
    // The janitor looks again: a DataNode that hangs may still carry it out.
    expect(clock.pending).toBe(1);
  });

  test("a DataNode that takes no more bytes", async () => {
    const clock = new ManualClock();
    cluster.sink = cluster.newSink({}, clock);
    cluster.faults("dn", "CREATE", 1, (_, request, response) => {
      response.writeContinue();
      // Two limits, the body's and the upload's, and bytes have come: the sink waits for room.
      const timer = setInterval(() => {
        if (clock.pending < 2 || request.socket.bytesRead < 10_000) return;
        clearInterval(timer);
        clock.advance(120_000);
      }, 1);
      return true;
    });
    const { batch } = batchFor(cluster.sink, { records: bigRecords });
    await expect(cluster.sink.deliver(batch, never)).resolves.toMatchObject({ records: 6000 });
    expect(cluster.logged.join()).toContain("took no more bytes within 120000 ms");
    expect(clock.pending).toBe(1);
  });

  describe("the 201 gets lost", () => {
    /** The DataNode takes the body, keeps of it what `keep` says, and breaks off. */
    function unconfirmed(keep: (bytes: Buffer) => Buffer | undefined): Intercept {
      return ({ path: name }, request, response) => {
        response.writeContinue();
        const pieces: Buffer[] = [];
        request.on("data", (piece: Buffer) => pieces.push(piece));
        request.on("end", () => {
          const kept = keep(Buffer.concat(pieces));
          if (kept !== undefined) cluster.hdfs.put(name, kept);
          request.socket.destroy();
        });
        return true;
      };
    }

    test("the file is whole: it is taken, and not written again", async () => {
      cluster.faults(
        "dn",
        "CREATE",
        1,
        unconfirmed((bytes) => bytes),
      );
      expect(await cluster.deliver()).toMatchObject({ records: 100 });
      expect(cluster.hdfs.ops().filter((op) => op === "dn CREATE")).toHaveLength(1);
      expect([...cluster.hdfs.files.keys()]).toEqual([path]);
    });

    test("the file is still open: it is taken once it is closed", async () => {
      const open = refuse("IOException", "Fail to get checksum, since file x is under construction.");
      let looks = 0;
      cluster.hdfs.intercept = (seen, request, response) => {
        if (seen.op === "CREATE" && seen.at === "dn")
          return unconfirmed((bytes) => bytes)(seen, request, response);
        return seen.op === "GETFILECHECKSUM" && ++looks < 3 && open(seen, request, response);
      };
      expect(await cluster.deliver()).toMatchObject({ records: 100 });
      expect(cluster.hdfs.ops().filter((op) => op === "dn CREATE")).toHaveLength(1);
    });

    test.each<[string, (bytes: Buffer) => Buffer | undefined]>([
      ["short", (bytes) => bytes.subarray(0, -1)],
      ["not there", () => undefined],
    ])("the file is %s: another one is written", async (_, keep) => {
      const clock = new ManualClock();
      cluster.sink = cluster.newSink({}, clock);
      cluster.faults("dn", "CREATE", 1, unconfirmed(keep));
      const delivered = cluster.deliver();
      const state = { isDone: false };
      void delivered.then(() => (state.isDone = true));
      while (!state.isDone) {
        // Only the waits of the adoption pass, not a limit of a request that is under way.
        if (cluster.hdfs.ops().at(-1)?.endsWith("GETFILESTATUS") === true) clock.advance(100);
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(await delivered).toMatchObject({ records: 100, keepsJournal: true });
      expect(cluster.hdfs.ops().filter((op) => op === "dn CREATE")).toHaveLength(2);
      expect([...cluster.hdfs.files.keys()]).toEqual([path]);
    });
  });

  test("an upload that takes too long as a whole", async () => {
    const clock = new ManualClock();
    cluster.sink = cluster.newSink({ dataNodeContinue: "30d" }, clock);
    cluster.faults("dn", "CREATE", 1, () => {
      setImmediate(() => clock.advance(600_000));
      return true;
    });
    expect(await cluster.deliver()).toMatchObject({ records: 100 });
    expect(cluster.logged.join()).toContain("took more than 600000 ms");
  });

  test("a refusal while the body is still being sent", async () => {
    cluster.faults("dn", "CREATE", 1, (_, request, response) => {
      response.writeContinue();
      request.once("data", () =>
        refuse("IOException", "All datanodes [x] are bad")({} as never, request, response),
      );
      return true;
    });
    const { batch } = batchFor(cluster.sink, { records: bigRecords });
    await expect(cluster.sink.deliver(batch, never)).resolves.toMatchObject({ records: 6000 });
  });
});

describe("SNK-7: the cluster's faults are the sink's, and nothing visible is left", () => {
  test.each<[string, string, Intercept, string]>([
    ["safe mode", "RENAME", refuse("SafeModeException", "Name node is in safe mode."), "SAFE_MODE"],
    ["startup", "CREATE", refuse("RetriableException", "Namenode is in startup mode"), "STARTING"],
    [
      "no DataNode",
      "CREATE",
      refuse("IOException", "Failed to find datanode, suggest to check"),
      "NO_DATANODE",
    ],
    ["permission", "RENAME", refuse("AccessControlException", "Permission denied"), "PERMISSION"],
    ["name quota", "RENAME", refuse("NSQuotaExceededException", "The NameSpace quota"), "QUOTA"],
    ["both are standby", "CREATE", refuse("StandbyException", "Operation category"), "STANDBY"],
    ["no answer", "CREATE", lost, "NO_ANSWER"],
    ["no answer", "RENAME", lost, "NO_ANSWER"],
    ["an unknown exception", "CREATE", refuse("WhateverException", "never seen"), "FAILED"],
    ["no WebHDFS", "CREATE", (_, _q, response) => !!response.writeHead(404).end("<html>"), "NOT_WEBHDFS"],
    ["SPNEGO", "CREATE", (_, _q, response) => !!response.writeHead(401).end(), "AUTHENTICATION"],
    ["a gateway", "CREATE", (_, _q, response) => !!response.writeHead(503).end("<html>"), "FAILED"],
  ])("%s at %s", async (_, op, intercept, code) => {
    // A lost RENAME and a refused one are not sent to the other NameNode.
    const isFinal = op === "RENAME" && code !== "SAFE_MODE";
    cluster.faults("nn", op, isFinal ? 1 : 2, intercept);
    const { batch } = batchFor(cluster.sink);
    expect(await cluster.deliver(cluster.sink, batch)).toMatchObject({
      code: `SEWER_HDFS_${code}`,
      scope: "sink",
      retry: "temporary",
    });
    cluster.hdfs.intercept = () => false;
    // What was verified waits for its name; it is not written again.
    expect(cluster.hdfs.files.size).toBe(op === "RENAME" ? 1 : 0);
    cluster.hdfs.seen.length = 0;
    expect(await cluster.deliver(cluster.sink, batch)).toMatchObject({ records: 100 });
    expect(cluster.hdfs.ops().includes("dn CREATE")).toBe(op !== "RENAME");
    expect([...cluster.hdfs.files.keys()]).toEqual([path]);
  });

  test("a NameNode that hangs", async () => {
    cluster.sink = cluster.newSink({ nameNodeAnswer: "50ms", cleanup: "50ms" });
    cluster.hdfs.intercept = ({ at }) => at !== "dn";
    expect(await cluster.deliver()).toMatchObject({ code: "SEWER_HDFS_NO_ANSWER" });
  });

  test("a lost answer of a RENAME that was done: the next delivery finds it", async () => {
    cluster.faults("nn", "RENAME", 1, ({ path: from, query }, request) => {
      cluster.hdfs.files.set(query.get("destination")!, cluster.hdfs.files.get(from)!);
      cluster.hdfs.files.delete(from);
      request.socket.destroy();
      return true;
    });
    const { batch } = batchFor(cluster.sink);
    expect(await cluster.deliver(cluster.sink, batch)).toMatchObject({ code: "SEWER_HDFS_NO_ANSWER" });
    expect([...cluster.hdfs.files.keys()]).toEqual([path]);
    cluster.hdfs.seen.length = 0;
    expect(await cluster.deliver(cluster.sink, batch)).toMatchObject({ records: 100 });
    expect(cluster.hdfs.ops().map((one) => one.slice(4))).toEqual(["RENAME", "SETTIMES", "GETFILESTATUS"]);
    expect([...cluster.hdfs.files.keys()]).toEqual([path]);
  });

  test("an outage that leaves temporary files: they go when the cluster is back", async () => {
    cluster.hdfs.intercept = ({ at, op }, request) => {
      if (at === "dn" || op === "CREATE") return false;
      request.socket.destroy();
      return true;
    };
    const { batch } = batchFor(cluster.sink);
    expect(await cluster.deliver(cluster.sink, batch)).toMatchObject({ code: "SEWER_HDFS_NO_ANSWER" });
    expect(cluster.hdfs.files.size).toBe(1);
    cluster.hdfs.intercept = () => false;
    expect(await cluster.deliver(cluster.sink, batch)).toMatchObject({ records: 100, keepsJournal: true });
    expect([...cluster.hdfs.files.keys()]).toEqual([path]);
  });

  test.each(["LISTSTATUS_BATCH", "LISTSTATUS"])("left-overs are found by %s", async (op) => {
    cluster.hdfs.intercept = (seen, _request, response) => {
      if (seen.op === "LISTSTATUS") {
        const names = [...cluster.hdfs.files.keys()].map((name) => ({
          pathSuffix: name.slice(name.lastIndexOf("/") + 1),
        }));
        sendJson(response, { FileStatuses: { FileStatus: names } });
        return true;
      }
      if (seen.op !== "LISTSTATUS_BATCH" || op === "LISTSTATUS_BATCH") return false;
      sendException(response, "IllegalArgumentException", 'Invalid value for webhdfs parameter "op"');
      return true;
    };
    const leftOver = path.replace("/data", "/.data").concat(".01JDEF0000000000000000ABCD");
    const foreign = "/logs/1970-01-01/0000/.other.seq.01JDEF0000000000000000ABCD";
    cluster.hdfs.put(leftOver, "x");
    cluster.hdfs.put(foreign, "x");
    await cluster.sink.deliver(batchFor(cluster.sink, { origin: "recovered" }).batch, never);
    expect([...cluster.hdfs.files.keys()].sort()).toEqual([foreign, path].sort());
  });
});

describe("several NameNodes", () => {
  const standby = refuse("StandbyException", "Operation category READ is not supported in state standby");

  test("the standby is left, and the active one kept", async () => {
    cluster.hdfs.intercept = (seen, request, response) =>
      seen.at === "nn0" && standby(seen, request, response);
    expect(await cluster.deliver()).toMatchObject({ records: 100 });
    expect(cluster.hdfs.ops().filter((op) => op.startsWith("nn0"))).toEqual(["nn0 CREATE"]);
    expect(cluster.hdfs.ops()).toContain("nn1 RENAME");
  });

  test("one that cannot be reached is left", async () => {
    cluster.sink = makeSink({
      namenodes: ["http://127.0.0.1:1", cluster.hdfs.namenodes[0]!],
      path: "/logs/data",
      blockSize: 1 << 20,
    });
    await cluster.sink.open(never);
    expect(await cluster.deliver()).toMatchObject({ records: 100 });
  });

  test("a RENAME without an answer is not sent to the other", async () => {
    cluster.hdfs.intercept = (seen, request, response) =>
      seen.op === "RENAME" && lost(seen, request, response);
    expect(await cluster.deliver()).toMatchObject({ code: "SEWER_HDFS_NO_ANSWER" });
    expect(cluster.hdfs.ops().filter((op) => op.endsWith("RENAME"))).toHaveLength(1);
  });

  test("open fails while none is active, and succeeds later", async () => {
    cluster.hdfs.intercept = standby;
    await expect(cluster.sink.open(never)).rejects.toMatchObject({ code: "SEWER_HDFS_STANDBY" });
    cluster.hdfs.intercept = () => false;
    await cluster.sink.open(never);
  });
});

describe("redirects", () => {
  test.each<[string, (url: string) => string | undefined]>([
    ["no Location", () => undefined],
    ["no URL", () => "nowhere"],
    ["another scheme", (url) => url.replace("http:", "https:")],
    ["a user", (url) => url.replace("http://", "http://a:b@")],
    ["another path", (url) => url.replace("/logs/", "/other/")],
    ["a path behind dots", (url) => url.replace("/logs/", "/x/../logs/")],
    ["another operation", (url) => url.replace("op=CREATE", "op=DELETE")],
    ["two operations", (url) => `${url}&OP=APPEND`],
    ["bytes that break a request's head", (url) => url.replace("?", "?a= b&")],
  ])("%s is not followed", async (_, change) => {
    cluster.hdfs.liveNodes = { dead: { infoAddr: "127.0.0.1:1" } };
    cluster.hdfs.intercept = ({ at, op }, request, response) => {
      if (at === "dn" || op !== "CREATE") return false;
      const location = change(`http://127.0.0.1:1${request.url}&secret=token`);
      response.writeHead(307, location === undefined ? {} : { Location: location }).end();
      return true;
    };
    const error = await cluster.deliver();
    expect(error).toMatchObject({ code: "SEWER_HDFS_REDIRECT", scope: "sink" });
    expect(isSewerError(error) ? error.message + JSON.stringify(error.context) : "").not.toContain("token");
    expect(cluster.hdfs.ops()).not.toContain("dn CREATE");
  });

  test("a Location in the body is taken", async () => {
    cluster.hdfs.intercept = ({ at, op }, request, response) => {
      if (at === "dn" || op !== "CREATE") return false;
      const dataNode = cluster.hdfs.dataNode;
      sendJson(response, { Location: `${dataNode}${request.url}` });
      return true;
    };
    expect(await cluster.deliver()).toMatchObject({ records: 100 });
  });
});

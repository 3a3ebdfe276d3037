import type { IncomingMessage, ServerResponse } from "node:http";
import { ManualClock } from "@sewer/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { hdfsErrors, hdfsSinkOptions } from "../src/index.ts";
import { WebHdfsClient } from "../src/webhdfs/client.ts";
import { never } from "./events.ts";
import { lost, refuse } from "./fake-cluster.ts";
import { FakeHdfs, sendJson, type Intercept } from "./fake-hdfs.ts";

let hdfs: FakeHdfs;
let clock: ManualClock;
let client: WebHdfsClient;

beforeEach(async () => {
  hdfs = await FakeHdfs.start(2);
  clock = new ManualClock();
  const { namenodes, user, limits } = hdfsSinkOptions.parse({
    type: "hdfs",
    namenodes: hdfs.namenodes,
    path: "/x",
  });
  client = new WebHdfsClient({ namenodes, user, limits, clock });
});

afterEach(async () => {
  await client.close();
  await hdfs.close();
});

async function* chunksOf(...texts: string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text);
}

const upload = { path: "/d/f", blockSize: 1 << 20, replication: 1, uploadMs: 600_000 };

function create(chunks = chunksOf("a", "b", "c")) {
  return client.create({ ...upload, chunks }, never);
}

/** Lets the DataNode do `act` when it has the whole body. */
function atEnd(act: (request: IncomingMessage, response: ServerResponse) => void): void {
  hdfs.intercept = ({ at }, request, response) => {
    if (at !== "dn") return false;
    response.writeContinue();
    request.resume().on("end", () => act(request, response));
    return true;
  };
}

function on(op: string, intercept: Intercept): void {
  hdfs.intercept = (seen, request, response) => seen.op === op && intercept(seen, request, response);
}

const json =
  (body: unknown): Intercept =>
  (_, _request, response) => {
    sendJson(response, body);
    return true;
  };

describe("create", () => {
  test("is confirmed by 201", async () => {
    expect(await create()).toEqual({ bytes: 3, isConfirmed: true });
  });

  test.each<[string, Parameters<typeof atEnd>[0]]>([
    ["the connection breaks", (request) => request.socket.destroy()],
    ["the commit limit expires", () => clock.advance(300_000)],
    ["the limit of the whole upload expires", () => clock.advance(600_000)],
    [
      "the DataNode lost its NameNode",
      (request, response) =>
        refuse("EOFException", "End of File Exception between local host")({} as never, request, response),
    ],
  ])("is unconfirmed when after the whole body %s", async (_, act) => {
    atEnd(act);
    expect(await create()).toMatchObject({ bytes: 3, isConfirmed: false, doubt: { scope: "sink" } });
    expect(clock.pending).toBe(0);
  });

  test("fails when the DataNode then refuses the file", async () => {
    atEnd((request, response) =>
      refuse("IOException", "Unable to close file because the last block x does not have")(
        {} as never,
        request,
        response,
      ),
    );
    await expect(create()).rejects.toMatchObject({ code: hdfsErrors.attemptFailed });
  });

  test("rejects with the signal's reason when it is aborted at an answer that says no more", async () => {
    const abort = new AbortController();
    atEnd((_, response) => response.writeHead(403).write("{"));
    const schedule = clock.schedule.bind(clock);
    // The limit for the rest of the answer: its beginning is there.
    clock.schedule = (ms, callback) => {
      if (ms === 120_000) abort.abort(new Error("enough"));
      return schedule(ms, callback);
    };
    const sent = client.create({ ...upload, chunks: chunksOf("abc") }, abort.signal);
    await expect(sent).rejects.toThrow("enough");
  });

  test("a connection that breaks in the middle is noticed before the body is at its end", async () => {
    hdfs.intercept = ({ at }, request, response) => {
      if (at !== "dn") return false;
      response.writeContinue();
      request.once("data", () => request.socket.destroy());
      return true;
    };
    let chunks = 0;
    async function* endless(): AsyncGenerator<Buffer> {
      for (; ; chunks++) yield Buffer.alloc(1 << 16);
    }
    await expect(create(endless())).rejects.toMatchObject({ code: hdfsErrors.dataNode });
  });
});

describe("rename", () => {
  test("an empty answer is done", async () => {
    hdfs.put("/d/t", "x");
    expect(await client.rename("/d/t", "/d/f", never)).toBe("done");
  });

  test("a boolean of a server without renameoptions is told", async () => {
    on("RENAME", json({ boolean: true }));
    expect(await client.rename("/d/t", "/d/f", never)).toBe("boolean");
  });

  test.each([
    ["FileAlreadyExistsException", hdfsErrors.exists],
    ["FileNotFoundException", hdfsErrors.notFound],
  ])("%s is %s", async (exception, code) => {
    on("RENAME", refuse(exception, "x"));
    await expect(client.rename("/d/t", "/d/f", never)).rejects.toMatchObject({ code });
  });
});

describe("barrier", () => {
  const absent = refuse("FileNotFoundException", "File/Directory /d/e does not exist.");

  test("is SETTIMES with the clock's time at the active NameNode, which it gives", async () => {
    hdfs.intercept = (seen, request, response) => {
      if (seen.op !== "SETTIMES") return false;
      if (seen.at === "nn0")
        return refuse("StandbyException", "not in state standby")(seen, request, response);
      response.writeHead(200).end();
      return true;
    };
    expect((await client.barrier("/d/e", never)).origin).toBe(hdfs.namenodes[1]);
    expect(hdfs.ops()).toEqual(["nn0 SETTIMES", "nn1 SETTIMES"]);
    expect(hdfs.seen[1]?.query.get("modificationtime")).toBe(String(clock.now()));
  });

  test("is repeated when the answer is lost", async () => {
    hdfs.intercept = (seen, request, response) => {
      if (seen.op !== "SETTIMES") return false;
      if (seen.at === "nn0") return lost(seen, request, response);
      response.writeHead(200).end();
      return true;
    };
    expect((await client.barrier("/d", never)).origin).toBe(hdfs.namenodes[1]);
  });

  test("goes up to a directory that is there", async () => {
    hdfs.intercept = (seen, request, response) => {
      if (seen.op !== "SETTIMES") return false;
      if (seen.path !== "/") return absent(seen, request, response);
      response.writeHead(200).end();
      return true;
    };
    await client.barrier("/d/e", never);
    expect(hdfs.seen.map(({ path }) => path)).toEqual(["/d/e", "/d", "/"]);
  });

  test("fails when no NameNode can make an edit", async () => {
    on("SETTIMES", refuse("StandbyException", "x"));
    await expect(client.barrier("/d", never)).rejects.toMatchObject({ code: hdfsErrors.standby });
    on("SETTIMES", absent);
    await expect(client.barrier("/d", never)).rejects.toMatchObject({ code: hdfsErrors.failed });
  });
});

describe("status at one NameNode", () => {
  test("asks no other, whatever it answers", async () => {
    hdfs.put("/d/f", "x");
    on("SETTIMES", (_, _request, response) => !!response.writeHead(200).end());
    const at = await client.barrier("/d", never);
    expect(await client.status("/d/f", never, at)).toMatchObject({ length: 1 });
    expect(await client.status("/d/g", never, at)).toBeUndefined();
    on("GETFILESTATUS", lost);
    await expect(client.status("/d/f", never, at)).rejects.toMatchObject({ code: hdfsErrors.noAnswer });
    expect(hdfs.ops().filter((op) => op.startsWith("nn1"))).toEqual([]);
  });

  test("finds a file by its id", async () => {
    hdfs.put("/.reserved/.inodes/16385", "x");
    expect(await client.statusOfId(16_385, never)).toMatchObject({ fileId: 16_385 });
    expect(await client.statusOfId(16_386, never)).toBeUndefined();
  });
});

test("delete tells whether the file was there", async () => {
  hdfs.put("/d/f", "x");
  expect(await client.delete("/d/f", never)).toBe(true);
  expect(await client.delete("/d/f", never)).toBe(false);
});

describe("blockReplicas", () => {
  const located = (change: object) =>
    json({
      LocatedBlocks: {
        isUnderConstruction: false,
        isLastBlockComplete: true,
        locatedBlocks: [
          { isCorrupt: false, locations: [{}, {}, {}] },
          { isCorrupt: true, locations: [{}, {}] },
          { isCorrupt: false, locations: [] },
        ],
        ...change,
      },
    });

  test("counts the replicas of each block", async () => {
    on("GET_BLOCK_LOCATIONS", located({}));
    expect(await client.blockReplicas("/d/f", never)).toEqual([3, 0, 0]);
  });

  test("an absent file has none", async () => {
    on("GET_BLOCK_LOCATIONS", refuse("FileNotFoundException", "File does not exist: /d/f"));
    expect(await client.blockReplicas("/d/f", never)).toBeUndefined();
  });

  test.each([{ isUnderConstruction: true }, { isLastBlockComplete: false }])(
    "fails for %j",
    async (change) => {
      on("GET_BLOCK_LOCATIONS", located(change));
      await expect(client.blockReplicas("/d/f", never)).rejects.toMatchObject({
        code: hdfsErrors.attemptFailed,
      });
    },
  );

  test("an answer that is none is an error", async () => {
    on("GET_BLOCK_LOCATIONS", json({}));
    await expect(client.blockReplicas("/d/f", never)).rejects.toMatchObject({ code: hdfsErrors.failed });
  });
});

describe("list", () => {
  test("reads on while names begin with the prefix, and no further", async () => {
    hdfs.pageEntries = 2;
    for (const name of [".a.1", ".a.2", ".a.3", ".b", "c", "d", "e"]) hdfs.put(`/d/${name}`, "x");
    expect(await client.list("/d", ".a.", never)).toEqual([".a.1", ".a.2", ".a.3"]);
    expect(hdfs.seen).toHaveLength(2);
    expect(await client.list("/d", ".", never)).toEqual([".a.1", ".a.2", ".a.3", ".b"]);
    expect(await client.list("/d", "e", never)).toEqual([]);
    expect(await client.list("/nowhere", ".", never)).toEqual([]);
  });
});

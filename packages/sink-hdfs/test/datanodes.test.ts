import { ManualClock } from "@sewer/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { hdfsErrors, hdfsSinkOptions, type HdfsSinkOptions } from "../src/index.ts";
import { WebHdfsClient } from "../src/webhdfs/client.ts";
import { never } from "./events.ts";
import { lost, refuse } from "./fake-cluster.ts";
import { FakeHdfs } from "./fake-hdfs.ts";

let hdfs: FakeHdfs;
let clock: ManualClock;
let client: WebHdfsClient;

beforeEach(async () => {
  hdfs = await FakeHdfs.start(2);
  clock = new ManualClock();
  client = newClient();
});

afterEach(async () => {
  await client.close();
  await hdfs.close();
});

function newClient(change: Partial<HdfsSinkOptions> = {}): WebHdfsClient {
  const options = { type: "hdfs", namenodes: hdfs.namenodes, path: "/x", ...change };
  return new WebHdfsClient({ ...hdfsSinkOptions.parse(options), clock });
}

async function* chunksOf(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}

let files = 0;

function create(path = `/d/f${++files}`) {
  const upload = { path, blockSize: 1 << 20, replication: 1, chunks: chunksOf("abc"), uploadMs: 600_000 };
  return client.create(upload, never).catch((error: unknown) => error);
}

/** What the last request of step 1 excluded. */
function excluded(): string | null | undefined {
  return hdfs.seen
    .filter(({ at, op }) => at !== "dn" && op === "CREATE")
    .at(-1)
    ?.query.get("excludedatanodes");
}

/** The DataNode breaks off the next `times` uploads. */
function breakOff(times = 1): void {
  hdfs.intercept = (seen, request, response) =>
    seen.at === "dn" && times-- > 0 && lost(seen, request, response);
}

describe("ports", () => {
  test("are learned from the NameNode's JMX, once", async () => {
    expect(await create()).toMatchObject({ isConfirmed: true });
    clock.advance(60_000);
    expect(await create()).toMatchObject({ isConfirmed: true });
    expect(hdfs.jmxReads).toBe(1);
  });

  test.each([
    ["may not be read", undefined],
    ["lists none", {}],
    ["lists nonsense", { dn1: "x", dn2: { infoAddr: 9 }, dn3: { infoAddr: "host:" } }],
  ])("are refused when JMX %s, until it does; datanodePorts helps", async (_, liveNodes) => {
    const known = hdfs.liveNodes;
    hdfs.liveNodes = liveNodes;
    const error = await create();
    expect(error).toMatchObject({
      code: hdfsErrors.redirect,
      scope: "sink",
      message: expect.stringContaining("datanodePorts"),
    });
    const [first] = hdfs.namenodes;
    const helped = newClient({ namenodes: [first!], datanodePorts: [Number(new URL(hdfs.dataNode).port)] });
    expect(await helped.status("/", never)).toMatchObject({ type: "DIRECTORY" });
    client = helped;
    expect(await create()).toMatchObject({ isConfirmed: true });
    client = newClient();
    hdfs.liveNodes = known;
    expect(await create()).toMatchObject({ isConfirmed: true });
    await helped.close();
  });
});

describe("a DataNode that failed", () => {
  test("is excluded by its transfer port for a minute", async () => {
    breakOff();
    expect(await create()).toMatchObject({ code: hdfsErrors.dataNode });
    expect(excluded()).toBeNull();
    await create();
    expect(excluded()).toBe("127.0.0.1:9866");
    clock.advance(59_999);
    await create();
    expect(excluded()).toBe("127.0.0.1:9866");
    clock.advance(1);
    await create();
    expect(excluded()).toBeNull();
    expect(hdfs.jmxReads).toBe(1);
  });

  test("is excluded by its address where JMX does not know it", async () => {
    client = newClient({ datanodePorts: [Number(new URL(hdfs.dataNode).port)] });
    hdfs.liveNodes = undefined;
    breakOff();
    await create();
    await create();
    expect(excluded()).toBe("127.0.0.1");
  });

  test("is excluded for reads, too", async () => {
    hdfs.put("/d/x", "abc");
    breakOff();
    await expect(client.checksum("/d/x", never)).rejects.toMatchObject({ code: hdfsErrors.dataNode });
    await client.checksum("/d/x", never);
    const [at] = hdfs.seen.filter(
      ({ op, query }) => op === "GETFILECHECKSUM" && query.has("excludedatanodes"),
    );
    expect(at?.query.get("excludedatanodes")).toBe("127.0.0.1:9866");
  });

  test("serves again when no other is left", async () => {
    breakOff();
    await create();
    hdfs.intercept = (seen, request, response) =>
      seen.query.has("excludedatanodes") &&
      refuse("IOException", "Failed to find datanode, suggest to check cluster health")(
        seen,
        request,
        response,
      );
    expect(await create()).toMatchObject({ isConfirmed: true });
    expect(excluded()).toBeNull();
    await create();
    expect(hdfs.seen.filter(({ query }) => query.has("excludedatanodes"))).toHaveLength(1);
  });

  test("is not excluded for what the NameNode refused", async () => {
    hdfs.intercept = (seen, request, response) =>
      seen.at === "dn" && refuse("EOFException", "End of File Exception")(seen, request, response);
    await create();
    await create();
    expect(excluded()).toBeNull();
  });
});

test("a DataNode of datanodeMap is dialled there, by its own name", async () => {
  hdfs.intercept = ({ at, op }, request, response) => {
    if (at === "dn" || op !== "CREATE") return false;
    response.writeHead(307, { Location: `http://dn1.invalid:9864${request.url}` }).end();
    return true;
  };
  expect(await create()).toMatchObject({
    code: hdfsErrors.dataNode,
    message: expect.stringMatching(/dn1\.invalid:9864 cannot be reached.*datanodeMap/),
  });
  await client.close();
  client = newClient({ datanodeMap: { "dn1.invalid": new URL(hdfs.dataNode).host } });
  expect(await create()).toMatchObject({ isConfirmed: true });
  expect(hdfs.seen.at(-1)?.headers.host).toBe("dn1.invalid:9864");
});

test("a path that a DataNode's request line cannot hold is the batch's fault, before anything is sent", async () => {
  expect(await create(`/${"long/".repeat(600)}`)).toMatchObject({
    code: hdfsErrors.path,
    scope: "batch",
    retry: "permanent",
  });
  expect(hdfs.seen).toEqual([]);
});

test("no message holds a token", async () => {
  const secrets = /SECRET|delegation=|user\.name/;
  const faults: Parameters<typeof refuse>[] = [
    ["IOException", "failed http://dn:1/webhdfs/v1/x?op=CREATE&delegation=SECRET"],
    ["SafeModeException", "x"],
    ["StandbyException", "x"],
    ["AccessControlException", "x"],
  ];
  const intercepts = [...faults.map((fault) => refuse(...fault)), lost];
  const errors: unknown[] = [];
  for (const at of ["nn", "dn"]) {
    for (const intercept of intercepts) {
      hdfs.intercept = (seen, request, response) => {
        if (seen.at.startsWith(at)) return intercept(seen, request, response);
        if (seen.at === "dn") return false;
        response.writeHead(307, { Location: `${hdfs.dataNode}${request.url}&delegation=SECRET` }).end();
        return true;
      };
      errors.push(await create());
    }
  }
  for (const location of [
    "http://x y?delegation=SECRET",
    "http://127.0.0.1:9/a?delegation=SECRET",
    "nowhere?SECRET",
  ]) {
    hdfs.intercept = (_, _request, response) => !!response.writeHead(307, { Location: location }).end();
    errors.push(await create());
  }
  expect(errors).toHaveLength(13);
  for (let error of errors) {
    expect(error).toBeInstanceOf(Error);
    for (; error instanceof Error; error = error.cause) {
      expect(`${error.stack} ${JSON.stringify(error)}`).not.toMatch(secrets);
    }
  }
});

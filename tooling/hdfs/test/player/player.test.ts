import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Player, recorded, recordedAnswers, remoteException, toPlayedAnswer } from "../../src/index.ts";
import { RawClient } from "../raw-client.ts";

let player: Player;

beforeEach(async () => {
  player = await Player.start({ nameNodes: 2 });
});

afterEach(() => player.close());

interface Got {
  readonly status: number | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

async function send(method: string, url: string, body?: string): Promise<Got> {
  const sent = request(url, { method, agent: false });
  sent.end(body);
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

function nameNode(method: string, target: string, index = 0): Promise<Got> {
  return send(method, `${player.namenodeUrls[index]}/webhdfs/v1${target}`);
}

async function upload(path: string, body: string, query = ""): Promise<Got> {
  const { headers } = await nameNode("PUT", `${path}?op=CREATE&blocksize=1048576${query}`);
  return send("PUT", headers.location ?? "", body);
}

function exceptionOf({ body }: Got): string {
  return (JSON.parse(body) as { RemoteException: { exception: string } }).RemoteException.exception;
}

function raw(url: string | undefined): RawClient {
  return new RawClient(Number(new URL(url ?? "").port));
}

const create = "PUT /webhdfs/v1/a?op=CREATE HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n";

test("a file goes through both steps and is there, with length, checksum and content", async () => {
  expect(await upload("/d/a", "hello")).toMatchObject({ status: 201, headers: { connection: "close" } });
  const status = JSON.parse((await nameNode("GET", "/d/a?op=GETFILESTATUS")).body) as object;
  expect(status).toMatchObject({
    FileStatus: { type: "FILE", length: 5, fileId: 16_385, blockSize: 1 << 20 },
  });
  for (const [op, expected] of [
    ["OPEN", "hello"],
    ["GETFILECHECKSUM", '"algorithm":"MD5-of-0MD5-of-512CRC32C"'],
  ] as const) {
    const { status: code, headers } = await nameNode("GET", `/d/a?op=${op}`);
    expect(code).toBe(307);
    expect((await send("GET", headers.location ?? "")).body).toContain(expected);
  }
  expect(player.seen.map(({ at, op }) => `${at} ${op}`).slice(0, 3)).toEqual([
    "nn1 CREATE",
    "dn1 CREATE",
    "nn1 GETFILESTATUS",
  ]);
});

test("a DataNode says 100 Continue that nobody asked for, before it has the body", async () => {
  const client = raw(player.datanodeUrls[0]).send(create);
  expect(await client.until("\r\n\r\n")).toBe("HTTP/1.1 100 Continue\r\n\r\n");
  expect(player.files.get("/a")).toBeUndefined();
  await client.send("hello").until("201 Created");
  expect(await client.end()).toBe("fin");
  expect(player.files.get("/a")?.bytes.toString()).toBe("hello");
});

test("an upload that breaks off leaves a file of what came", async () => {
  const client = raw(player.datanodeUrls[0]).send(`${create}hel`);
  await client.until("100 Continue");
  client.leave("fin");
  await vi.waitFor(() => expect(player.files.get("/a")?.bytes.toString()).toBe("hel"), 10_000);
});

test("an upload to a name that is taken is refused before its body", async () => {
  player.files.put("/a", "old");
  const client = raw(player.datanodeUrls[0]).send(create);
  expect(await client.until("FileAlreadyExistsException")).toMatch(/100 Continue\r\n\r\nHTTP\/1.1 403/);
  expect((await upload("/a", "new", "&overwrite=true")).status).toBe(201);
  expect(player.files.get("/a")?.bytes.toString()).toBe("new");
});

test("RENAME, with options and without", async () => {
  player.files.put("/a", "1");
  player.files.put("/b", "2");
  const rename = (from: string, to: string): Promise<Got> =>
    nameNode("PUT", `${from}?op=RENAME&destination=${to}&renameoptions=NONE`);
  expect(exceptionOf(await rename("/a", "/b"))).toBe("FileAlreadyExistsException");
  expect(await rename("/none", "/c")).toMatchObject({ status: 404 });
  expect(await rename("/a", "/c")).toMatchObject({ status: 200, body: "" });
  expect(player.files.paths).toEqual(["/b", "/c"]);
  expect((await nameNode("PUT", "/a?op=RENAME&destination=/d")).body).toBe('{"boolean":false}');
  expect((await nameNode("PUT", "/c?op=RENAME&destination=/d")).body).toBe('{"boolean":true}');
});

test("listings, in one piece and from a name on; DELETE", async () => {
  for (const path of ["/d/c", "/d/.a", "/d/b/x"]) player.files.put(path, "");
  const names = (body: string): string[] =>
    [...body.matchAll(/"pathSuffix":"([^"]*)"/g)].map(([, name]) => name ?? "");
  expect(names((await nameNode("GET", "/d?op=LISTSTATUS")).body)).toEqual([".a", "b", "c"]);
  expect(names((await nameNode("GET", "/d?op=LISTSTATUS_BATCH&startAfter=.a")).body)).toEqual(["b", "c"]);
  expect((await nameNode("DELETE", "/d/b?op=DELETE&recursive=true")).body).toBe('{"boolean":true}');
  expect((await nameNode("DELETE", "/d/b?op=DELETE&recursive=true")).body).toBe('{"boolean":false}');
  expect((await nameNode("GET", "/e?op=LISTSTATUS")).status).toBe(404);
  expect(player.files.paths).toEqual(["/d/c", "/d/.a"]);
  expect(exceptionOf(await nameNode("GET", "/?op=FOO"))).toBe("IllegalArgumentException");
});

test("a script answers what it names: by role, operation, path and count", async () => {
  const standby = remoteException("StandbyException", "not supported in state standby");
  player.play([{ match: { at: "nn2", times: 9 }, answer: standby }]);
  const second = player.on({ op: "MKDIRS", path: /^\/d/, nth: 2 }, { status: 503, body: "<html>" });
  expect(exceptionOf(await nameNode("PUT", "/d?op=MKDIRS", 1))).toBe("StandbyException");
  expect((await nameNode("PUT", "/d?op=MKDIRS")).status).toBe(200);
  expect(await nameNode("PUT", "/d?op=MKDIRS")).toMatchObject({ status: 503, body: "<html>" });
  expect((await nameNode("PUT", "/d?op=MKDIRS")).status).toBe(200);
  expect(second.hits.map(({ at, path }) => [at, path])).toEqual([["nn1", "/d"]]);
  player.clear();
  expect((await nameNode("PUT", "/d?op=MKDIRS", 1)).status).toBe(200);
});

test("an answer may be found when it is asked for, or left to the files", async () => {
  player.on({ op: "RENAME", times: 2 }, ({ path }) => {
    if (path === "/a") return undefined;
    return remoteException("SafeModeException", `Cannot rename ${path}.`);
  });
  player.files.put("/a", "");
  expect(exceptionOf(await nameNode("PUT", "/b?op=RENAME&destination=/c"))).toBe("SafeModeException");
  expect((await nameNode("PUT", "/a?op=RENAME&destination=/c")).body).toBe('{"boolean":true}');
});

test.each(["fin", "rst"] as const)(
  "a connection ends by %s: at once, after 100, after the body",
  async (how) => {
    const [url] = player.datanodeUrls;
    player.on({ at: "dn" }, { end: how });
    expect(await raw(url).send(create).end()).toBe(how);
    player.on({ at: "dn" }, { end: how, after: "continue" });
    const continued = raw(url).send(create);
    expect(await continued.end()).toBe(how);
    const unheard = player.on({ at: "dn" }, { end: how, after: "body" });
    const whole = raw(url).send(`${create}hell`);
    await unheard.hit();
    expect(await whole.send("o").end()).toBe(how);
    expect(player.files.paths).toEqual([]);
  },
);

test("a lost answer: it is done, nobody is told", async () => {
  player.files.put("/a", "");
  player.on({ op: "RENAME" }, { end: "rst", after: "done" });
  await expect(nameNode("PUT", "/a?op=RENAME&destination=/b")).rejects.toMatchObject({ code: "ECONNRESET" });
  player.on({ at: "dn1", op: "CREATE" }, { end: "fin", after: "done" });
  await expect(upload("/c", "hello")).rejects.toMatchObject({ code: "ECONNRESET" });
  expect(player.files.paths).toEqual(["/b", "/c"]);
});

test("silence: no 100, no answer, the connection stays till the end", async () => {
  const hung = player.on({ at: "dn" }, { end: "silence" });
  const client = raw(player.datanodeUrls[0]).send(`${create}hello`);
  await hung.hit();
  expect((await upload("/other", "1")).status).toBe(201);
  expect(client.received).toBe("");
  await player.close();
  await client.end();
  expect(client.received).toBe("");
});

test("a 201 on a body that was not read, and a refusal only after it", async () => {
  player.on({ at: "dn" }, { status: 201, afterBody: false });
  await raw(player.datanodeUrls[0]).send(create).until("201 Created");
  const late = player.on(
    { at: "dn" },
    { ...remoteException("IOException", "could only be written to 0"), afterBody: true },
  );
  const client = raw(player.datanodeUrls[0]).send(create);
  await late.hit();
  expect(await client.until("\r\n\r\n")).toBe("HTTP/1.1 100 Continue\r\n\r\n");
  await client.send("hello").until("could only be written to 0");
});

test("every recorded answer is played as it came", async () => {
  const answers = recordedAnswers();
  expect(answers.length).toBeGreaterThan(250);
  for (const answer of answers.filter(({ status }) => status !== 0)) {
    player.on({ op: "MKDIRS" }, toPlayedAnswer(answer));
    const got = await nameNode("PUT", "/x?op=MKDIRS");
    expect(got.status, answer.case).toBe(answer.status);
    expect(got.body).toBe(typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body));
    player.clear();
  }
});

test("a recorded answer by its case; one that never came is a reset", async () => {
  player.on({}, recorded("RENAME NONE: dst file exists"));
  expect(exceptionOf(await nameNode("PUT", "/a?op=RENAME"))).toBe("FileAlreadyExistsException");
  expect(recorded("JournalNode dead: RENAME")).toEqual({ end: "rst" });
  expect(() => recorded("nothing")).toThrow(/no answer was recorded/);
});

test("DataNodes take turns", async () => {
  await player.close();
  player = await Player.start({ dataNodes: 2 });
  const hosts = [];
  for (let i = 0; i < 3; i++)
    hosts.push((await nameNode("PUT", "/a?op=CREATE")).headers.location?.split("/webhdfs")[0]);
  const [first, second] = player.datanodeUrls;
  expect(hosts).toEqual([first, second, first]);
});

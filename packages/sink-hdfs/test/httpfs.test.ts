import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ManualClock } from "@sewer/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { HdfsChecksum, hdfsErrors, hdfsSinkOptions } from "../src/index.ts";
import { WebHdfsClient } from "../src/webhdfs/client.ts";
import { never } from "./events.ts";
import { sendJson } from "./fake-hdfs.ts";

/** HttpFS of Hadoop 3.2 in short: one server, data behind `data=true`, the old rename, no file ids. */
class FakeHttpFs {
  readonly files = new Map<string, Buffer>();
  readonly directories = new Set(["/", "/d"]);
  readonly requests: string[] = [];
  /** Answers in its place. */
  intercept: (op: string, response: ServerResponse) => boolean = () => false;
  url = "";
  readonly #server: Server;

  constructor() {
    const handle = (request: IncomingMessage, response: ServerResponse): void =>
      this.#answer(request, response);
    this.#server = createServer(handle).on("checkContinue", handle);
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://x");
    if (pathname === "/jmx") return void response.writeHead(404).end("<html>");
    const path = decodeURIComponent(pathname).replace("/webhdfs/v1", "");
    const op = searchParams.get("op") ?? "";
    const isData = searchParams.has("data");
    this.requests.push(isData ? `${op} data` : op);
    if (this.intercept(op, response)) return;
    const file = this.files.get(path);
    if (op === "CREATE") return this.#create(path, isData, request, response);
    if (op === "SETTIMES" && this.directories.has(path)) return void response.writeHead(200).end();
    if (op === "RENAME") return sendJson(response, { boolean: this.#rename(path, searchParams) });
    if (op === "DELETE") return sendJson(response, { boolean: this.files.delete(path) });
    if (op === "GETFILESTATUS" && this.directories.has(path))
      return sendJson(response, { FileStatus: { type: "DIRECTORY", length: 0, blockSize: 0 } });
    if (file === undefined)
      return refuse(response, 404, "FileNotFoundException", `File does not exist: ${path}`);
    if (op === "GETFILESTATUS")
      return sendJson(response, { FileStatus: { type: "FILE", length: file.length, blockSize: 1 << 20 } });
    if (op === "OPEN" && isData) return void response.writeHead(200).end(file);
    if (op === "OPEN")
      return void response.writeHead(307, { Location: `${this.url}${request.url}&data=true` }).end();
    if (op !== "GETFILECHECKSUM") return refuse(response, 500, "QueryParamException", `Operation.${op}`);
    const checksum = new HdfsChecksum(1 << 20);
    checksum.update(file);
    const bytes = `00000200${"0".repeat(16)}${checksum.digest()}00000000`;
    sendJson(response, { FileChecksum: { algorithm: "MD5-of-0MD5-of-512CRC32C", bytes, length: 28 } });
  }

  #create(path: string, isData: boolean, request: IncomingMessage, response: ServerResponse): void {
    if (!isData)
      return void response.writeHead(307, { Location: `${this.url}${request.url}&data=true` }).end();
    if (request.headers["content-type"] !== "application/octet-stream")
      return void response.writeHead(400).end();
    response.writeContinue();
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      this.files.set(path, Buffer.concat(pieces));
      response.writeHead(201).end();
    });
  }

  #rename(from: string, query: URLSearchParams): boolean {
    const file = this.files.get(from);
    let to = query.get("destination") ?? "";
    if (this.directories.has(to)) to += from.slice(from.lastIndexOf("/"));
    if (file === undefined || this.files.has(to)) return false;
    this.files.delete(from);
    this.files.set(to, file);
    return true;
  }
}

function refuse(response: ServerResponse, status: number, exception: string, message: string): void {
  sendJson(response, { RemoteException: { message, exception, javaClassName: `x.${exception}` } }, status);
}

let httpFs: FakeHttpFs;
let client: WebHdfsClient;

beforeEach(async () => {
  httpFs = new FakeHttpFs();
  await httpFs.start();
  const options = hdfsSinkOptions.parse({ type: "hdfs", namenodes: [httpFs.url], path: "/x" });
  client = new WebHdfsClient({ ...options, clock: new ManualClock() });
});

afterEach(async () => {
  await client.close();
  await httpFs.close();
});

async function* chunksOf(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}

const upload = { blockSize: 1 << 20, replication: 1, uploadMs: 600_000 };

test("writes, checks, renames, reads and deletes a file", async () => {
  const sent = await client.create({ ...upload, path: "/d/t", chunks: chunksOf("bar\n") }, never);
  expect(sent).toEqual({ bytes: 4, isConfirmed: true });
  expect(await client.status("/d/t", never)).toMatchObject({ length: 4, fileId: 0 });
  expect((await client.checksum("/d/t", never)).bytes).toContain("27c076e4987344253650d3335a5d08ce");
  expect(await client.rename("/d/t", "/d/f", never)).toBe("boolean");
  const bytes: Buffer[] = [];
  for await (const chunk of client.open("/d/f", never)) bytes.push(chunk);
  expect(Buffer.concat(bytes).toString()).toBe("bar\n");
  expect((await client.barrier("/d/e", never)).origin).toBe(httpFs.url);
  expect(await client.delete("/d/f", never)).toBe(true);
});

describe("RENAME", () => {
  /** A client that has seen that it speaks to HttpFS. */
  async function used(): Promise<WebHdfsClient> {
    await client.create({ ...upload, path: "/d/t", chunks: chunksOf("x") }, never);
    httpFs.requests.length = 0;
    return client;
  }

  test("does not move a file into a directory of that name", async () => {
    httpFs.directories.add("/d/f");
    await expect((await used()).rename("/d/t", "/d/f", never)).rejects.toMatchObject({
      code: hdfsErrors.exists,
    });
    expect([...httpFs.files.keys()]).toEqual(["/d/t"]);
    expect(httpFs.requests).toEqual(["GETFILESTATUS"]);
  });

  test("does not touch a file that is there", async () => {
    httpFs.files.set("/d/f", Buffer.from("other"));
    await expect((await used()).rename("/d/t", "/d/f", never)).rejects.toMatchObject({
      code: hdfsErrors.exists,
    });
  });

  test("of what is gone is told apart from a name that is taken", async () => {
    await expect(client.rename("/d/none", "/d/f", never)).rejects.toMatchObject({
      code: hdfsErrors.notFound,
    });
    httpFs.files.set("/d/t", Buffer.from("x"));
    httpFs.files.set("/d/f", Buffer.from("other"));
    client = await used();
    httpFs.intercept = (op, response) => {
      if (op !== "RENAME") return false;
      sendJson(response, { boolean: false });
      return true;
    };
    await expect(client.rename("/d/t", "/d/g", never)).rejects.toMatchObject({ code: hdfsErrors.failed });
  });

  test("false on a taken name says so, the first time too", async () => {
    httpFs.files.set("/d/t", Buffer.from("x"));
    httpFs.files.set("/d/f", Buffer.from("other"));
    await expect(client.rename("/d/t", "/d/f", never)).rejects.toMatchObject({ code: hdfsErrors.exists });
  });

  test.each([
    ["RemoteException", "Cannot rename /hf/cf. Name node is in safe mode.", hdfsErrors.safeMode],
    ["AccessControlException", "Permission denied: user=alice", hdfsErrors.permission],
    ["EOFException", "End of File Exception between local host is", hdfsErrors.noAnswer],
  ])("500 with %s", async (exception, message, code) => {
    httpFs.intercept = (op, response) => {
      if (op !== "RENAME") return false;
      refuse(response, 500, exception, message);
      return true;
    };
    await expect(client.rename("/d/t", "/d/f", never)).rejects.toMatchObject({ code, scope: "sink" });
  });
});

test("an operation that it does not know is no answer about the file", async () => {
  httpFs.files.set("/d/f", Buffer.from("x"));
  await expect(client.blockReplicas("/d/f", never)).rejects.toMatchObject({ code: hdfsErrors.configuration });
});

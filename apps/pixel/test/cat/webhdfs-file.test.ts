import { readFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { readWebHdfsFile } from "../../src/cat/webhdfs-file.ts";
import { fixture, printed } from "./support.ts";

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

/** A NameNode and DataNode in one: `open` answers the second step of OPEN. */
async function serve(file: Buffer, open: RequestListener): Promise<{ url: string; requests: string[] }> {
  const requests: string[] = [];
  server = createServer((request, response) => {
    const url = new URL(request.url ?? "", `http://${request.headers.host}`);
    requests.push(`${url.pathname}${url.search}`);
    if (url.pathname === "/datanode") return open(request, response);
    const operation = url.searchParams.get("op");
    if (!url.pathname.endsWith("/f.seq")) {
      const message = `File does not exist: ${url.pathname}`;
      const exception = { exception: "FileNotFoundException", javaClassName: "java.io.F", message };
      response.writeHead(404, { "Content-Type": "application/json" });
      response.end(JSON.stringify({ RemoteException: exception }));
    } else if (operation === "getfilestatus") {
      response.writeHead(200, { "Content-Type": "application/json" });
      response.end(JSON.stringify({ FileStatus: { length: file.length, type: "FILE" } }));
    } else {
      response.writeHead(307, { Location: `http://${request.headers.host}/datanode${url.search}` }).end();
    }
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  return { url: `127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

function range(file: Buffer, requestUrl: string | undefined): Buffer {
  const query = new URL(requestUrl ?? "", "http://x").searchParams;
  const offset = Number(query.get("offset"));
  return file.subarray(offset, offset + Number(query.get("length")));
}

test("a SequenceFile is read through NameNode and DataNode", async () => {
  const file = readFileSync(fixture("none_long_text.seq"));
  const { url, requests } = await serve(file, (request, response) => response.end(range(file, request.url)));
  const local = await printed(fixture("none_long_text.seq"));
  expect(await printed(`webhdfs://ada@${url}/a%20b/f.seq`)).toEqual(local);
  expect(requests[0]).toBe("/webhdfs/v1/a%20b/f.seq?op=getfilestatus&user.name=ada");
  expect(
    (await printed(`webhdfs://${url}/f.seq`, { env: { HADOOP_USER_NAME: "eve" } })).error,
  ).toBeUndefined();
  expect(requests.at(-1)).toContain("user.name=eve");
});

test("a large file comes in pieces", async () => {
  const lines = Array.from({ length: 400_000 }, (_, index) => `{"number":${index}}`);
  const file = Buffer.from(lines.join("\n"));
  const { url, requests } = await serve(file, (request, response) => response.end(range(file, request.url)));
  const result = await printed(`webhdfs://${url}/f.seq`);
  expect(result.error).toBeUndefined();
  expect(result.lines.length).toBe(lines.length);
  expect(result.lines.at(-1)).toBe(lines.at(-1));
  expect(requests.filter((path) => path.startsWith("/datanode"))).toHaveLength(
    Math.ceil(file.length / 4194304),
  );
});

test("a server that ends idle connections while a piece is printed is asked on a new one", async () => {
  const lines = Array.from({ length: 300_000 }, (_, index) => `{"number":${index}}`);
  const file = Buffer.from(lines.join("\n"));
  const { url } = await serve(file, (request, response) => {
    response.once("close", () => request.socket.destroy());
    response.end(range(file, request.url));
  });
  const { error, lines: read } = await printed(`webhdfs://${url}/f.seq`);
  expect(error).toBeUndefined();
  expect(read).toHaveLength(lines.length);
});

test("a connection that breaks off is no end of file", async () => {
  const file = readFileSync(fixture("none_long_text.seq"));
  const { url } = await serve(file, (_, response) => {
    response.writeHead(200, { "Content-Length": file.length });
    response.write(file.subarray(0, 3000), () => response.destroy());
  });
  const { error } = await printed(`webhdfs://${url}/f.seq`);
  expect(error).toMatchObject({ code: "SEWER_CAT_SERVER" });
});

test("a server that falls silent is given up", async () => {
  const file = readFileSync(fixture("none_long_text.seq"));
  const { url } = await serve(file, (_, response) => {
    response.writeHead(200, { "Content-Length": file.length });
    response.write(file.subarray(0, 3000));
  });
  const read = async (): Promise<void> => {
    for await (const chunk of readWebHdfsFile(`webhdfs://${url}/f.seq`, { env: {}, silenceMs: 50 })) {
      expect(chunk.length).toBe(0);
    }
  };
  await expect(read()).rejects.toMatchObject({ code: "SEWER_CAT_SERVER" });
});

test("what HDFS says is passed on", async () => {
  const { url } = await serve(Buffer.alloc(0), () => {});
  expect((await printed(`webhdfs://${url}/gone.seq`)).error).toMatchObject({
    code: "SEWER_CAT_UNREADABLE",
    message: "HDFS says: File does not exist: /webhdfs/v1/gone.seq",
  });
});

test("a server that is not there", async () => {
  const { url } = await serve(Buffer.alloc(0), () => {});
  await new Promise((resolve) => server?.close(resolve));
  expect((await printed(`webhdfs://${url}/f.seq`)).error).toMatchObject({ code: "SEWER_CAT_SERVER" });
});

test.each(["webhdfs://", "webhdfs://host", "webhdfs:///path", "webhdfs://host:99999/x"])(
  "%s is no address",
  async (name) => {
    expect((await printed(name)).error).toMatchObject({ code: "SEWER_CAT_UNREADABLE" });
  },
);

test("a segment is not read from afar", async () => {
  const file = Buffer.from("SWSPOOL1 and more");
  const { url } = await serve(file, (request, response) => response.end(range(file, request.url)));
  expect((await printed(`webhdfs://${url}/f.seq`)).error).toMatchObject({ code: "SEWER_CAT_FORMAT" });
});

import { readFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { once } from "node:events";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { isSewerError, type SewerError } from "@sewer/core";
import { ManualClock } from "@sewer/testkit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { fetchConfig } from "../../src/config/fetch-config.ts";
import { pixelErrors } from "../../src/errors.ts";
import { freePorts } from "../support/run-sewer.ts";
import { ConfigServer } from "./config-server.ts";

let server: ConfigServer;
let url: URL;

beforeEach(async () => {
  server = new ConfigServer();
  server.text = "a: 1\n";
  server.etag = '"1"';
  url = new URL(`http://127.0.0.1:${await server.open()}/sewer.yaml`);
});

afterEach(() => server.close());

async function failure(answer: RequestListener, options: Parameters<typeof fetchConfig>[1] = { env: {} }) {
  server.answer = answer;
  return failureOf(fetchConfig(url, options));
}

async function failureOf(fetched: Promise<unknown>): Promise<SewerError> {
  const error = await fetched.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isSewerError(error)) throw new Error("it did not fail as it should", { cause: error });
  return error;
}

describe("If-None-Match, RFC 9110 section 13.1.2", () => {
  test("the text and its ETag; then what is known while it holds", async () => {
    const first = await fetchConfig(url, { env: {} });
    expect(first).toEqual({ text: "a: 1\n", etag: '"1"' });
    expect(await fetchConfig(url, { env: {} }, first)).toBe(first);
    server.text = "a: 2\n";
    server.etag = '"2"';
    expect(await fetchConfig(url, { env: {} }, first)).toEqual({ text: "a: 2\n", etag: '"2"' });
    expect(server.requests.map(({ headers }) => headers["if-none-match"])).toEqual([undefined, '"1"', '"1"']);
    expect(server.statuses).toEqual([200, 304, 200]);
  });

  test("a weak ETag does", async () => {
    server.etag = 'W/"1"';
    const first = await fetchConfig(url, { env: {} });
    expect(await fetchConfig(url, { env: {} }, first)).toBe(first);
  });

  test.each(["1", '"é"', '"a"b"'])("what is none is not sent back: %s", async (etag) => {
    server.answer = (_, response) => {
      response.setHeader("ETag", etag);
      response.end("a: 1\n");
    };
    const first = await fetchConfig(url, { env: {} });
    expect(first.etag).toBeUndefined();
    await fetchConfig(url, { env: {} }, first);
    expect(server.requests[1]?.headers["if-none-match"]).toBeUndefined();
  });

  test("304 to a request without it is no answer", async () => {
    server.answer = (_, response) => response.writeHead(304).end();
    const known = { text: "a: 1\n", etag: undefined };
    const error = await failureOf(fetchConfig(url, { env: {} }, known));
    expect(error.message).toContain("answers 304");
  });
});

test("user and password are sent, and the query", async () => {
  const secret = new URL(`http://us%40er:p%20w@${url.host}/sewer.yaml?token=t`);
  await fetchConfig(secret, { env: {} });
  const [request] = server.requests;
  expect(request?.url).toBe("/sewer.yaml?token=t");
  expect(request?.headers.authorization).toBe(`Basic ${Buffer.from("us@er:p w").toString("base64")}`);
});

describe("a server that says no", () => {
  test.each([401, 403, 404, 410])("%d: the URL is to be mended", async (status) => {
    const error = await failure((_, response) => response.writeHead(status).end("no"));
    expect(error).toMatchObject({ code: pixelErrors.configUnreadable, retry: "permanent" });
    expect(error.message).toBe(`${url.href} cannot be read: its server answers ${status}`);
  });

  test.each([408, 429, 500, 503])("%d may pass", async (status) => {
    const error = await failure((_, response) => response.writeHead(status).end("no"));
    expect(error).toMatchObject({ code: pixelErrors.configServer, retry: "temporary" });
  });

  test("however much it says: the connection is closed", async () => {
    let closed: Promise<unknown> | undefined;
    const error = await failure((_, response) => {
      closed = once(response, "close");
      response.writeHead(404).write("not found, and more to come");
    });
    expect(error.message).toContain("answers 404");
    await closed;
  });

  test.each([301, 302, 307, 308])("%d: a redirect is not followed", async (status) => {
    const error = await failure((_, response) => response.writeHead(status, { Location: "/other" }).end());
    expect(error.code).toBe(pixelErrors.configUnreadable);
    expect(error.message).toContain("redirects are not followed");
    expect(server.requests).toHaveLength(1);
  });
});

describe("more than 1 MiB is no config", () => {
  const piece = "#".repeat(512 * 1024);

  test("exactly that much is one", async () => {
    server.answer = (_, response) => response.end(piece + piece);
    expect((await fetchConfig(url, { env: {} })).text).toHaveLength(1024 * 1024);
  });

  test.each([
    ["with its length told", { "Content-Length": String(2 * piece.length + 1) }],
    ["in chunks", {}],
  ])("%s", async (_, headers) => {
    const error = await failure((__, response) => {
      response.writeHead(200, headers);
      response.write(piece);
      response.write(piece);
      response.end("#");
    });
    expect(error).toMatchObject({ code: pixelErrors.configUnreadable, retry: "permanent" });
    expect(error.message).toContain("it is longer than 1048576 bytes");
  });
});

describe("an answer that is not whole is none", () => {
  test.each([
    ["with its length told", { "Content-Length": "100" }],
    ["in chunks", {}],
  ])("cut off %s", async (_, headers) => {
    const error = await failure((__, response) => {
      response.writeHead(200, headers);
      response.write("flows:", () => response.destroy());
    });
    expect(error.code).toBe(pixelErrors.configServer);
  });

  test("nor one whose end is that of the connection", async () => {
    const error = await failure(({ socket }) => socket.end("HTTP/1.1 200 OK\r\n\r\nflows: {}\n"));
    expect(error.code).toBe(pixelErrors.configServer);
    expect(error.message).toContain("does not say how long its answer is");
  });

  test("nor something else than HTTP", async () => {
    const error = await failure(({ socket }) => socket.end("flows: {}\n"));
    expect(error.code).toBe(pixelErrors.configServer);
  });

  test.each([
    ["no head", false],
    ["no end", true],
  ])("10 s pass: %s", async (_, withHead) => {
    const clock = new ManualClock();
    const asked = server.request();
    const failed = failure((__, response) => void (withHead && response.write("flows:")), { env: {}, clock });
    await asked;
    clock.advance(9999);
    expect(clock.pending).toBe(1);
    clock.advance(1);
    expect(await failed).toMatchObject({ code: pixelErrors.configServer });
    expect((await failed).message).toContain("no whole answer within 10 s");
  });

  test("the clock is left alone afterwards", async () => {
    const clock = new ManualClock();
    await fetchConfig(url, { env: {}, clock });
    expect(clock.pending).toBe(0);
  });
});

test("nobody answers", async () => {
  const [port = 0] = await freePorts(1);
  const error = await failureOf(
    fetchConfig(new URL(`http://u:s3cret@127.0.0.1:${port}/a?s3cret`), { env: {} }),
  );
  expect(error.code).toBe(pixelErrors.configServer);
  expect(error.message).toBe(
    `http://127.0.0.1:${port}/a?... cannot be read: connect ECONNREFUSED 127.0.0.1:${port}`,
  );
});

test("a signal ends it with its reason", async () => {
  const stop = new AbortController();
  const reason = new Error("enough");
  server.answer = () => stop.abort(reason);
  await expect(fetchConfig(url, { env: {}, signal: stop.signal })).rejects.toBe(reason);
});

describe("https", () => {
  const trusted = getCACertificates("default");
  let secure: ConfigServer;
  let secureUrl: URL;

  beforeEach(async () => {
    const [cert, key] = await Promise.all(
      ["cert", "key"].map((part) => readFile(new URL(`fixtures/localhost.${part}.pem`, import.meta.url))),
    );
    secure = new ConfigServer({ cert: cert!, key: key! });
    secure.text = "a: 1\n";
    secureUrl = new URL(`https://127.0.0.1:${await secure.open()}/sewer.yaml`);
    setDefaultCACertificates([...trusted, cert!.toString()]);
  });

  afterEach(async () => {
    setDefaultCACertificates(trusted);
    await secure.close();
  });

  test("a server that proves itself", async () => {
    expect((await fetchConfig(secureUrl, { env: {} })).text).toBe("a: 1\n");
  });

  test("one that does not is not asked", async () => {
    setDefaultCACertificates(trusted);
    const error = await failureOf(fetchConfig(secureUrl, { env: {} }));
    expect(error.code).toBe(pixelErrors.configServer);
    expect(error.message).toContain("self-signed certificate");
    expect(secure.requests).toEqual([]);
  });

  describe("with a proxy", () => {
    const targets: (string | undefined)[] = [];
    const proxy = createServer();
    proxy.on("connect", ({ url: target }, client) => {
      targets.push(target);
      const far = connect(Number(secureUrl.port), "127.0.0.1", () => {
        client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
        client.pipe(far).pipe(client);
      });
      for (const socket of [client, far]) {
        socket.on("error", () => {});
        socket.on("close", () => [client, far].forEach((one) => one.destroy()));
      }
    });
    let env: Record<string, string>;

    beforeEach(async () => {
      targets.length = 0;
      await once(proxy.listen(0, "127.0.0.1"), "listening");
      const address = `http://us3r:s3cret@127.0.0.1:${(proxy.address() as AddressInfo).port}`;
      env = { HTTPS_PROXY: address, HTTP_PROXY: address };
    });

    afterEach(async () => {
      vi.unstubAllEnvs();
      await once(proxy.close(), "close");
    });

    test("HTTPS_PROXY is asked to connect", async () => {
      expect((await fetchConfig(secureUrl, { env })).text).toBe("a: 1\n");
      expect(targets).toEqual([secureUrl.host]);
    });

    test("not where NO_PROXY says so", async () => {
      await fetchConfig(secureUrl, { env: { ...env, NO_PROXY: "127.0.0.1" } });
      expect(targets).toEqual([]);
    });

    test("nor for plain HTTP, which stays on this machine", async () => {
      vi.stubEnv("HTTP_PROXY", env["HTTP_PROXY"]);
      await fetchConfig(url, { env });
      expect(targets).toEqual([]);
      expect(server.requests).toHaveLength(1);
    });

    test("one that is away is told without its password", async () => {
      const [port] = await freePorts(1);
      const away = { HTTPS_PROXY: `http://us3r:s3cret@127.0.0.1:${port}` };
      const error = await failureOf(fetchConfig(secureUrl, { env: away }));
      expect(error.code).toBe(pixelErrors.configServer);
      expect(error.message).not.toContain("s3cret");
    });
  });
});

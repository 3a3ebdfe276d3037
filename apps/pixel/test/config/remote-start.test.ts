import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RunningSewer, runSewer, type Ended } from "../support/run-sewer.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { ConfigServer } from "./config-server.ts";

const directory = temporaryDirectory();
const config = `admin: false
flows:
  web:
    source: { type: http, host: 127.0.0.1, port: 0, statusPort: 0 }
    sink: { type: file, path: out/x, format: { type: json } }
`;
const running: RunningSewer[] = [];
let server: ConfigServer;
let url: string;

beforeEach(async () => {
  server = new ConfigServer();
  server.text = config;
  server.etag = '"1"';
  url = `http://us3r:s3cret@127.0.0.1:${await server.open()}/sewer.yaml?token=s3cret`;
});

afterEach(async () => {
  for (const sewer of running.splice(0)) await sewer.stop("SIGKILL");
  await server.close();
});

function start(args: readonly string[], env: Record<string, string> = {}): RunningSewer {
  const pixel = new RunningSewer(["start", ...args], { cwd: directory(), env });
  running.push(pixel);
  return pixel;
}

const run = (...args: string[]): Promise<Ended> => runSewer(args, { cwd: directory() });

/** Stops it. @returns what it logged, which holds no secret of the URL. */
async function logOf(pixel: RunningSewer): Promise<string> {
  const { code, stdout, stderr } = await pixel.stop();
  expect(code).toBe(0);
  expect(stdout + stderr).not.toContain("s3cret");
  return stderr;
}

describe("start -c URL", () => {
  test("takes events; what is wrong later is told and changes nothing", async () => {
    const sewer = start(["-c", url, "--poll", "1s"]);
    const { pixel = "" } = await sewer.listening();
    expect((await fetch(`${pixel}/a`)).status).toBe(204);
    server.text = "flows: {}\n";
    server.etag = undefined;
    await sewer.logged(/"outcome":"refused".*flows: at least one flow is needed/);
    expect((await fetch(`${pixel}/b`)).status).toBe(204);
    await logOf(sewer);
    const names = await readdir(directory());
    expect(names.sort()).toEqual(["data", "out", expect.stringMatching(/^sewer-last-good-\w{12}\.yaml$/)]);
    expect(await readFile(join(directory(), names[2]!), "utf8")).toBe(config);
  });

  test("a change is taken while it runs, and is the last good copy then", async () => {
    const sewer = start(["-c", url, "--poll", "1s"]);
    const { pixel = "" } = await sewer.listening();
    expect((await fetch(`${pixel}/a`)).status).toBe(204);
    server.text = config.replace("out/x", "other/x");
    server.etag = '"2"';
    await sewer.logged(/"outcome":"taken"/);
    expect((await fetch(`${pixel}/b`)).status).toBe(204);
    await logOf(sewer);
    const names = await readdir(directory());
    expect(names.sort()).toEqual(["data", "other", "out", expect.stringMatching(/^sewer-last-good-/)]);
    expect(await readFile(join(directory(), names[3]!), "utf8")).toBe(server.text);
  });

  test("starts with the last good copy when the server is away, and says so", async () => {
    const first = start(["-c", url]);
    await first.listening();
    await logOf(first);
    await server.close();
    const second = start(["-c", url]);
    const { pixel = "" } = await second.listening();
    expect((await fetch(`${pixel}/a`)).status).toBe(204);
    const lines = (await logOf(second))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    expect(lines[0]).toMatchObject({
      level: "error",
      code: "SEWER_CONFIG_SERVER",
      msg: expect.stringMatching(/ECONNREFUSED.*; started with the last good copy of it, \//),
    });
  });

  test("SEWER_CONFIG may hold the URL, which then stands on no command line", async () => {
    const sewer = start([], { SEWER_CONFIG: url });
    const { pixel = "" } = await sewer.listening();
    expect((await fetch(`${pixel}/a`)).status).toBe(204);
    await logOf(sewer);
  });
});

describe("a start that cannot have its config", () => {
  async function failure(...args: string[]): Promise<{ code: number | null; stderr: string }> {
    const { code, stdout, stderr } = await run("start", ...args);
    expect(stdout).toBe("");
    expect(stderr).not.toContain("s3cret");
    expect(await readdir(directory())).toEqual([]);
    return { code, stderr };
  }

  test("nobody answers: 3", async () => {
    await server.close();
    const { code, stderr } = await failure("-c", url);
    expect(code).toBe(3);
    expect(stderr).toMatch(/^sewer: http:\S+ cannot be read: connect ECONNREFUSED.*name a file with -c.*\n$/);
  });

  test("the server says no: 2", async () => {
    server.answer = (_, response) => response.writeHead(404).end();
    expect(await failure("-c", url)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("answers 404"),
    });
  });

  test("it is not valid: 2, and where", async () => {
    server.text = "flows: {}\n";
    const { code, stderr } = await failure("-c", url);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/sewer\.yaml\?\.\.\.:1:1: flows: .*\n$/);
  });

  test("plain HTTP from elsewhere: 2", async () => {
    const { code, stderr } = await failure("-c", "http://us3r:s3cret@config.example/sewer.yaml");
    expect(code).toBe(2);
    expect(stderr).toMatch(/^sewer: http:\/\/config\.example\/sewer\.yaml is not asked: .*use https/);
  });

  test.each(["10ms", "2d", "often"])("--poll %s: 1", async (poll) => {
    expect(await failure("-c", url, "--poll", poll)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Expected a duration from 1s to 24h"),
    });
  });
});

describe("other commands read it, and keep nothing", () => {
  test("check, over https from a server of our own authority", async () => {
    const [cert, key] = await Promise.all(
      ["cert", "key"].map((part) => readFile(new URL(`fixtures/localhost.${part}.pem`, import.meta.url))),
    );
    const secure = new ConfigServer({ cert: cert!, key: key! });
    secure.text = config;
    const secureUrl = `https://localhost:${await secure.open()}/sewer.yaml`;
    const certificate = fileURLToPath(new URL("fixtures/localhost.cert.pem", import.meta.url));
    // Whatever proxy this machine has.
    const direct = { NO_PROXY: "localhost", no_proxy: "localhost" };
    try {
      const env = { ...direct, NODE_EXTRA_CA_CERTS: certificate };
      const checked = await runSewer(["check", "-c", secureUrl], { cwd: directory(), env });
      expect(checked).toMatchObject({ code: 0, stdout: `${secureUrl}: ok (flows: web)\n`, stderr: "" });
      const doubted = await runSewer(["check", "-c", secureUrl], { cwd: directory(), env: direct });
      expect(doubted).toMatchObject({ code: 3, stderr: expect.stringContaining("self-signed certificate") });
    } finally {
      await secure.close();
    }
    expect(await readdir(directory())).toEqual([]);
  });

  test("check tells what the server has now, not what a start made of it before", async () => {
    const first = start(["-c", url]);
    await first.listening();
    await logOf(first);
    await server.close();
    expect(await run("check", "-c", url)).toMatchObject({ code: 3, stdout: "" });
  });

  test("graph", async () => {
    expect(await run("graph", "-c", url)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('"web.source"'),
    });
    expect(await readdir(directory())).toEqual([]);
  });
});

import { readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { freePorts, RunningSewer } from "../support/run-sewer.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const directory = temporaryDirectory();
const running: RunningSewer[] = [];

afterEach(async () => {
  for (const sewer of running.splice(0)) await sewer.stop("SIGKILL");
});

function run(args: readonly string[], env: Record<string, string> = {}): RunningSewer {
  const sewer = new RunningSewer(args, { cwd: directory(), env });
  running.push(sewer);
  return sewer;
}

interface Flow {
  readonly port?: number;
  readonly dir?: string;
  readonly format?: string;
}

function flowText(name: string, { port = 0, dir = `spool/${name}`, format = "json" }: Flow = {}): string {
  return `  ${name}:
    source: { type: http, host: 127.0.0.1, port: ${port}, statusPort: 0 }
    spool: { dir: ${dir}, roll: { every: 300ms } }
    sink: { type: file, path: 'out/${name}-%{timestamp}', format: { type: ${format} } }
`;
}

async function writeConfig(name: string, flows: Record<string, Flow>, rest = ""): Promise<void> {
  const text = Object.entries(flows).map(([flow, options]) => flowText(flow, options));
  const admin = rest.includes("admin:") ? "" : "admin: { port: 0 }\n";
  await writeFile(join(directory(), name), `${admin}${rest}flows:\n${text.join("")}`);
}

/** What lies at the destination, in no order. */
async function delivered(prefix: string): Promise<Record<string, unknown>[]> {
  const names = await readdir(join(directory(), "out")).catch(() => []);
  const texts = await Promise.all(
    names
      .filter((name) => name.startsWith(prefix) && name.endsWith(".jsonl"))
      .map((name) => readFile(join(directory(), "out", name), "utf8")),
  );
  return texts
    .flatMap((text) => text.trim().split("\n"))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("start", () => {
  test("takes events, shows them, and delivers all of them on SIGTERM", async () => {
    await writeConfig("sewer.yaml", { web: {} });
    const sewer = run(["start"]);
    const { pixel = "", status = "", admin = "" } = await sewer.listening();
    const answer = await fetch(`${pixel}/p.gif?u=1`, { headers: { Referer: "http://r.example/" } });
    expect(answer.status).toBe(204);
    for (let index = 2; index <= 50; index++) await fetch(`${pixel}/p.gif?u=${index}`);
    expect((await fetch(`${status}/anything`)).status).toBe(200);

    const bean = "org.eclipse.jetty.server.handler:id=0,type=statisticshandler";
    const read = await fetch(`${admin}/jolokia/read/${encodeURIComponent(bean)}/requests`);
    expect(await read.json()).toMatchObject({ value: 50, status: 200 });
    const metrics = await (await fetch(`${admin}/metrics`)).text();
    expect(metrics).toMatch(/^sewer_http_requests_total\{.*flow="web".*\} 50$/m);

    const { code, stdout, stderr } = await sewer.stop();
    expect(code).toBe(0);
    expect(stdout).toMatch(/^sewer: listening pixel http:\S+ status http:\S+ admin http:\S+\n$/);
    for (const line of stderr.trim().split("\n")) expect(JSON.parse(line)).toHaveProperty("level");
    const events = await delivered("web-");
    const queries = events.map((event) => String(event["queryString"]));
    expect(queries.sort()).toEqual(Array.from({ length: 50 }, (_, index) => `u=${index + 1}`).sort());
    expect(events.find((event) => event["queryString"] === "u=1")).toMatchObject({
      ip: "127.0.0.1",
      host: "127.0.0.1",
      requestPath: "/p.gif",
      referer: "http://r.example/",
      cookies: null,
    });
  });

  test("several flows, without an admin port", async () => {
    await writeConfig("sewer.yaml", { one: {}, two: {} }, "admin: false\n");
    const sewer = run(["start"]);
    await sewer.listening();
    const pixels = [...sewer.stdout.matchAll(/pixel (http:\S+)/g)].map(([, url]) => url ?? "");
    expect(pixels).toHaveLength(2);
    for (const [index, url] of pixels.entries()) await fetch(`${url}/f?n=${index}`);
    const { stdout, code } = await sewer.stop("SIGINT");
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^sewer: listening flow one pixel \S+ status \S+ flow two pixel \S+ status \S+\n$/,
    );
    expect((await delivered("one-")).map((event) => event["queryString"])).toEqual(["n=0"]);
    expect((await delivered("two-")).map((event) => event["queryString"])).toEqual(["n=1"]);
  });

  test("two sinks get the same events", async () => {
    const sinks =
      "{ a: { type: file, path: out/a }, b: { type: file, path: out/b, format: { type: json } } }";
    const text = flowText("web").replace(/ {4}sink:.*/, `    sinks: ${sinks}`);
    await writeFile(join(directory(), "sewer.yaml"), `admin: false\nflows:\n${text}`);
    const sewer = run(["start"]);
    const { pixel = "" } = await sewer.listening();
    await fetch(`${pixel}/x`);
    expect((await sewer.stop()).code).toBe(0);
    const names = await readdir(join(directory(), "out"));
    expect(names.map((name) => name.replace(/-.*\./, ".")).sort()).toEqual(["a.seq", "b.jsonl"]);
  });

  test("drainDelay: it serves on for a while", async () => {
    await writeConfig("sewer.yaml", { web: {} }, "stop: { drainDelay: 500ms }\n");
    const sewer = run(["start"]);
    const { pixel = "" } = await sewer.listening();
    sewer.child.kill("SIGTERM");
    await sewer.logged(/stopping/);
    expect((await fetch(`${pixel}/late`)).status).toBe(204);
    expect((await sewer.ended).code).toBe(0);
    expect((await delivered("web-")).map((event) => event["requestPath"])).toEqual(["/late"]);
  });
});

test("a second signal ends at once, and what was taken stays in the spool", async () => {
  const [port = 0] = await freePorts(1);
  const far = `{ type: hdfs, namenodes: ['http://127.0.0.1:${port}'], path: /t/x }`;
  await writeConfig("sewer.yaml", { web: {} });
  const text = flowText("web").replace(/ {4}sink: (.*)/, `    sinks: { far: ${far}, near: $1 }`);
  await writeFile(join(directory(), "far.yaml"), `admin: false\nflows:\n${text}`);
  const sewer = run(["start", "-c", "far.yaml"]);
  const { pixel = "" } = await sewer.listening();
  await fetch(`${pixel}/kept`);
  sewer.child.kill("SIGTERM");
  await sewer.logged(/stopping/);
  // Sent until one counts: those of the first second do not.
  const again = setInterval(() => sewer.child.kill("SIGTERM"), 100);
  const { code } = await sewer.ended;
  clearInterval(again);
  expect(code).toBe(143);
  const kept = await readdir(join(directory(), "spool/web/q/far"));
  expect(kept.filter((name) => name.endsWith(".seal"))).toHaveLength(1);
});

test("a log that nobody reads any more does not end it", async () => {
  await writeConfig("sewer.yaml", { web: {} });
  const sewer = run(["start"]);
  const { admin = "" } = await sewer.listening();
  sewer.child.stderr.destroy();
  for (let count = 0; count < 3; count++) sewer.child.kill("SIGHUP");
  expect((await fetch(`${admin}/livez`)).status).toBe(200);
  expect((await sewer.stop()).code).toBe(0);
});

test("log.format: pretty is for people", async () => {
  await writeConfig("sewer.yaml", { web: {} }, "log: { format: pretty }\n");
  const sewer = run(["start"]);
  await sewer.listening();
  const { stderr } = await sewer.stop();
  expect(stderr).toMatch(/INFO.*: listening\n/);
  expect(stderr).not.toContain("\u001b");
});

describe("a start that fails", () => {
  const failure = async (sewer: RunningSewer): Promise<string> => {
    const { code, stdout, stderr } = await sewer.ended;
    expect({ code, stdout }).toEqual({ code: 10, stdout: "" });
    return stderr;
  };

  test("a config with an error binds nothing", async () => {
    const [port = 0] = await freePorts(1);
    await writeConfig("sewer.yaml", { web: { port } }, "log: { level: nope }\n");
    const { code, stdout, stderr } = await run(["start"]).ended;
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^sewer\.yaml:2:15: log\.level: /);
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow("fetch failed");
    expect(await readdir(directory())).toEqual(["sewer.yaml"]);
  });

  test("the pixel port is in use", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as { port: number };
    await writeConfig("sewer.yaml", { web: { port } });
    expect(await failure(run(["start"]))).toMatch(
      new RegExp(`cannot start: 127\\.0\\.0\\.1:${port} is in use`),
    );
    taken.close();
  });

  test("the admin port is in use", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as { port: number };
    const [pixel = 0] = await freePorts(1);
    await writeConfig("sewer.yaml", { web: { port: pixel } }, `admin: { port: ${port} }\n`);
    const text = await failure(run(["start"]));
    expect(text).toMatch(new RegExp(`cannot listen on the admin port 127\\.0\\.0\\.1:${port}: it is in use`));
    await expect(fetch(`http://127.0.0.1:${pixel}/`)).rejects.toThrow("fetch failed");
    taken.close();
  });

  test("another process has the spool", async () => {
    await writeConfig("one.yaml", { web: { dir: "spool" } });
    await writeConfig("two.yaml", { web: { dir: "spool" } });
    const first = run(["start", "-c", "one.yaml"]);
    await first.listening();
    expect(await failure(run(["start", "-c", "two.yaml"]))).toMatch(/cannot start: .*spool/);
    expect((await first.stop()).code).toBe(0);
  });

  test("the spool's place is a file", async () => {
    await writeFile(join(directory(), "spool"), "in the way");
    await writeConfig("sewer.yaml", { web: { dir: "spool/web" } });
    expect(await failure(run(["start"]))).toMatch(/cannot start: .*spool/);
  });
});

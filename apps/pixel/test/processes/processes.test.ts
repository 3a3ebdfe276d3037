import { readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { sqliteLocks } from "@sewer/spool";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { StatusReport } from "../../src/admin/status.ts";
import type { ProcessStatus } from "../../src/processes/process-status.ts";
import { eventually } from "../support/eventually.ts";
import { RunningSewer, runSewer } from "../support/run-sewer.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const directory = temporaryDirectory();
const running: RunningSewer[] = [];
// Against hanging only: each test starts four processes or more, on a machine that may be busy.
const limitMs = 120_000;
vi.setConfig({ testTimeout: 300_000 });

afterEach(async () => {
  for (const sewer of running.splice(0)) await sewer.stop("SIGKILL");
});

interface ConfigParts {
  readonly source?: string;
  readonly sink?: string;
  readonly rest?: string;
}

/** A config of one flow with two ingest processes, and the server that runs it. */
async function start({
  source = "port: 0",
  sink = "path: 'out/x'",
  rest = "",
}: ConfigParts = {}): Promise<RunningSewer> {
  const text = `admin: { port: 0 }
${rest}
flows:
  web:
    source: { type: http, host: 127.0.0.1, processes: 2, ${source} }
    spool: { dir: spool, roll: { every: 300ms } }
    sink: { type: file, ${sink}, format: { type: json } }
`;
  await writeFile(join(directory(), "sewer.yaml"), text);
  const sewer = new RunningSewer(["start"], { cwd: directory() });
  running.push(sewer);
  return sewer;
}

async function statusOf(admin: string): Promise<StatusReport> {
  return (await (await fetch(`${admin}/status`)).json()) as StatusReport;
}

async function processesOf(admin: string): Promise<readonly ProcessStatus[]> {
  return (await statusOf(admin)).processes ?? [];
}

async function processOf(admin: string, name: string): Promise<ProcessStatus> {
  const found = (await processesOf(admin)).find((one) => one.name === name);
  if (found?.pid == null) throw new Error(`no process ${name}`);
  return found;
}

/** Requests with a connection each, so that the kernel spreads them. */
async function send(pixel: string, count: number, name = "n"): Promise<void> {
  for (let index = 0; index < count; index++) {
    const answer = await fetch(`${pixel}/p?${name}=${index}`, { headers: { Connection: "close" } });
    expect(answer.status).toBe(204);
  }
}

/** Query strings at the destination, sorted, and the writers that they came from. */
async function delivered(): Promise<{ readonly queries: string[]; readonly writers: Set<string> }> {
  const names = await readdir(join(directory(), "out")).catch(() => []);
  const files = names.filter((name) => name.startsWith("x-") && name.endsWith(".jsonl"));
  const texts = await Promise.all(files.map((name) => readFile(join(directory(), "out", name), "utf8")));
  const lines = texts.flatMap((text) => text.trim().split("\n"));
  const found = lines.map((line) => String((JSON.parse(line) as Record<string, unknown>)["queryString"]));
  return { queries: found.sort(), writers: new Set(files.map((name) => name.split("-")[1] ?? "")) };
}

function queries(count: number, name = "n"): string[] {
  return Array.from({ length: count }, (_, index) => `${name}=${index}`).sort();
}

describe.each([
  ["a socket each", "port: 0"],
  ["one socket for all", "port: 0, reusePort: false"],
])("two ingest processes with %s", (_, source) => {
  test("listen as one, count as one, and deliver all of it at a clean stop", async () => {
    const sewer = await start({ source });
    const { pixel = "", status = "", admin = "" } = await sewer.listening();
    await send(pixel, 60);
    expect((await fetch(`${status}/anything`)).status).toBe(200);

    const metrics = await (await fetch(`${admin}/metrics`)).text();
    expect(metrics).toMatch(/^sewer_http_requests_total\{.*flow="web".*code="204".*\} 60$/m);
    expect(metrics).toMatch(/^sewer_events_received_total\{.*\} 60$/m);
    expect(metrics).toMatch(/^sewer_http_request_seconds_count\{.*\} 60$/m);
    expect(metrics).toMatch(/^sewer_http_request_seconds_bucket\{.*le="\+Inf".*\} 60$/m);
    for (const name of ["supervisor", "delivery", "ingest-1", "ingest-2"]) {
      expect(metrics).toMatch(new RegExp(`^process_resident_memory_bytes\\{process="${name}"\\} `, "m"));
    }
    expect(metrics.match(/^# TYPE process_resident_memory_bytes /gm)).toHaveLength(1);
    expect(metrics).toMatch(/^sewer_process_up\{process="ingest-2"\} 1$/m);

    const report = await statusOf(admin);
    expect((await processesOf(admin)).map(({ name, state }) => `${name} ${state}`)).toEqual([
      "delivery running",
      "ingest-1 running",
      "ingest-2 running",
    ]);
    expect(report.flows[0]).toMatchObject({ state: "flowing", source: { requests: 60, served: 60 } });
    expect(report.flows[0]?.spool.writer).toMatchObject({ recordsAppended: 60 });

    const bean = encodeURIComponent("org.eclipse.jetty.server.handler:id=0,type=statisticshandler");
    await eventually(
      async () => {
        const { value } = (await (await fetch(`${admin}/jolokia/read/${bean}`)).json()) as {
          value: Record<string, number>;
        };
        return value["requests"] === 60 && value["responses2xx"] === 60 ? true : undefined;
      },
      { limitMs, describe: () => "Jolokia does not count as the processes do" },
    );

    const { code, stdout, stderr } = await sewer.stop();
    expect(code).toBe(0);
    expect(stdout).toMatch(/^sewer: listening pixel http:\S+ status http:\S+ admin http:\S+\n$/);
    const lines = stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const names = lines.map((line) => line["process"]);
    expect(names).toEqual(expect.arrayContaining(["ingest-1", "ingest-2", undefined]));
    const { queries: found, writers } = await delivered();
    expect(found).toEqual(queries(60));
    // With one socket, whoever is faster may take all.
    expect(writers.size).toBeGreaterThanOrEqual(source.includes("reusePort") ? 1 : 2);
  });
});

test("a process that ends is started again, and what it had counted still counts", async () => {
  const sewer = await start();
  const { pixel = "", admin = "" } = await sewer.listening();
  await send(pixel, 20, "a");
  for (const name of ["ingest-1", "ingest-2", "delivery"]) {
    expect((await statusOf(admin)).flows[0]?.source.served).toBe(20);
    const { pid } = await processOf(admin, name);
    process.kill(pid ?? 0, "SIGKILL");
    await eventually(
      async () => {
        const found = (await processesOf(admin)).find((one) => one.name === name);
        return found?.state === "running" && found.restarts === 1 ? found : undefined;
      },
      { limitMs, describe: () => `${name} does not come back` },
    );
  }
  await send(pixel, 20, "b");
  const report = await statusOf(admin);
  expect(report.flows[0]?.source.served).toBe(40);
  expect((await processesOf(admin))[1]?.lastEnd).toMatchObject({
    code: null,
    signal: "SIGKILL",
    reason: null,
  });
  expect(await (await fetch(`${admin}/metrics`)).text()).toMatch(
    /^sewer_process_restarts_total\{process="delivery"\} 1$/m,
  );
  const text = await readFile(join(directory(), "sewer.yaml"), "utf8");
  await writeFile(join(directory(), "ask.yaml"), text.replace("port: 0 }", `port: ${new URL(admin).port} }`));
  const { stdout } = await runSewer(["status", "-c", "ask.yaml"], { cwd: directory() });
  expect(stdout).toMatch(
    /^process delivery: running, process \d+, 1 restarts\n {2}last end \S+: signal SIGKILL$/m,
  );
  expect((await sewer.stop()).code).toBe(0);
});

test("a process that cannot start again says why, and the others go on", async () => {
  const sewer = await start();
  const { pixel = "", admin = "" } = await sewer.listening();
  const { pid } = await processOf(admin, "delivery");
  process.kill(pid ?? 0, "SIGKILL");
  // Its lock is free the moment it is dead; the next one needs longer to start than this to look again.
  const lock = await eventually(async () => sqliteLocks.acquire(join(directory(), "spool/DRAIN")), {
    limitMs,
    describe: () => "the lock is not free",
  });
  await eventually(
    async () => {
      const found = (await processesOf(admin))[0];
      return found !== undefined && found.restarts >= 2 && found.lastEnd?.code === 10 ? found : undefined;
    },
    { limitMs, describe: () => "delivery does not try to start" },
  ).then(({ lastEnd }) => expect(lastEnd?.reason).toMatch(/another process delivers/));
  await send(pixel, 10);
  expect((await statusOf(admin)).flows[0]).toMatchObject({ state: "opening", source: { served: 10 } });
  lock.release();
  await eventually(async () => ((await processesOf(admin))[0]?.state === "running" ? true : undefined), {
    limitMs,
    describe: () => "delivery does not come back",
  });
  expect((await sewer.stop()).code).toBe(0);
  expect((await delivered()).queries).toEqual(queries(10));
});

describe("a start that fails ends with 10 and leaves no process", () => {
  test("a port in use", async () => {
    const blocker = createServer().listen({ port: 0, host: "127.0.0.1", reusePort: true });
    await once(blocker, "listening");
    const { port } = blocker.address() as { port: number };
    const { code, stdout, stderr } = await (await start({ source: `port: ${port}` })).ended;
    blocker.close();
    expect({ code, stdout }).toEqual({ code: 10, stdout: "" });
    expect(stderr).toMatch(/cannot start: .* is in use by another program/);
  });

  test("a spool that another server delivers from", async () => {
    await (await start()).listening();
    const { code, stderr } = await (await start()).ended;
    expect(code).toBe(10);
    expect(stderr).toMatch(/cannot start: another process delivers from the spool directory/);
  });
});

test("a second signal ends all processes at once", async () => {
  const sewer = await start({ rest: "stop: { drainDelay: 10m }" });
  const { pixel = "" } = await sewer.listening();
  await send(pixel, 1);
  sewer.child.kill("SIGTERM");
  await sewer.logged(/stopping/);
  const again = setInterval(() => sewer.child.kill("SIGTERM"), 100);
  // Settles when nobody holds its output any more: no process is left.
  const { code } = await sewer.ended;
  clearInterval(again);
  expect(code).toBe(143);
});

test("a signal to the whole group is the supervisor's business: delivery stays to the end", async () => {
  const sewer = await start();
  const { pixel = "", admin = "" } = await sewer.listening();
  await send(pixel, 10);
  const pids = (await processesOf(admin)).map(({ pid }) => pid ?? 0);
  for (const pid of [...pids, sewer.child.pid ?? 0]) process.kill(pid, "SIGTERM");
  expect((await sewer.ended).code).toBe(0);
  expect((await delivered()).queries).toEqual(queries(10));
});

test("kill -9 of the supervisor: the others seal what they have and end", async () => {
  const sewer = await start();
  const { pixel = "" } = await sewer.listening();
  await send(pixel, 10);
  // Settles when nobody holds its output any more.
  expect((await sewer.stop("SIGKILL")).signal).toBe("SIGKILL");
  const left = await readdir(join(directory(), "spool"), { recursive: true });
  expect(left.filter((name) => name.endsWith(".open"))).toEqual([]);
  const again = await start();
  await again.listening();
  expect((await again.stop()).code).toBe(0);
  expect((await delivered()).queries).toEqual(queries(10));
});

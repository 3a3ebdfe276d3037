import { createServer } from "node:http";
import { once } from "node:events";
import { readdir, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { freePorts, runSewer, RunningSewer } from "../support/run-sewer.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const directory = temporaryDirectory();
const sewer = (...args: string[]): ReturnType<typeof runSewer> => runSewer(args, { cwd: directory() });
const running: RunningSewer[] = [];

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop("SIGKILL");
});

async function writeConfig(roll: string, admin: string): Promise<void> {
  await writeFile(
    join(directory(), "sewer.yaml"),
    `admin: ${admin}
flows:
  web:
    source: { type: http, host: 127.0.0.1, port: 0, statusPort: 0 }
    spool: { dir: spool, roll: { every: ${roll} } }
    retry: { base: 100ms, cap: 1s }
    sink: { type: file, path: 'out/%{yyyy-MM-dd/HH00}/data-%{timestamp}', format: { type: json } }
`,
  );
}

async function start(): Promise<{ server: RunningSewer; pixel: string; admin: string }> {
  const server = new RunningSewer(["start"], { cwd: directory() });
  running.push(server);
  const { pixel = "", admin = "" } = await server.listening();
  return { server, pixel, admin };
}

interface Sink {
  readonly oldestUndeliveredMs: number | null;
  readonly oldestUndeliveredDirectory: string | null;
  readonly oldestUndeliveredBatch: string | null;
  readonly completeUntilMs: number;
  readonly waiting: number;
  readonly isFailing: boolean;
  readonly lastFailure: { readonly code: string } | null;
}

interface Report {
  readonly flows: readonly { readonly sinks: readonly Sink[] }[];
}

/** What `status --json` says, once it satisfies `isIt`. */
async function reported(isIt: (sink: Sink) => boolean): Promise<{ report: Report; sink: Sink }> {
  for (;;) {
    const { code, stdout, stderr } = await sewer("status", "--json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const report = JSON.parse(stdout) as Report;
    const sink = report.flows[0]!.sinks[0]!;
    if (isIt(sink)) return { report, sink };
  }
}

function bucketOf(ms: number): string {
  const [day = "", time = ""] = new Date(ms).toISOString().split("T");
  return join(directory(), "out", day, `${time.slice(0, 2)}00`);
}

describe("status", () => {
  test("--json tells flows and sinks, and the bucket that a record in the open segment will go to", async () => {
    const [port] = await freePorts(1);
    await writeConfig("1h", `{ port: ${port} }`);
    const { server, pixel, admin } = await start();
    const idle = await reported((sink) => sink.oldestUndeliveredMs !== 0);
    expect(idle.sink).toMatchObject({
      oldestUndeliveredMs: null,
      oldestUndeliveredDirectory: null,
      oldestUndeliveredBatch: null,
    });
    expect(Math.abs(Date.now() - idle.sink.completeUntilMs)).toBeLessThan(60_000);

    const beforeMs = Date.now();
    expect((await fetch(`${pixel}/p.gif`)).status).toBe(204);
    const afterMs = Date.now();
    // At once, without waiting for the disk: the record may be in memory only.
    const first = (await (await fetch(`${admin}/status`)).json()) as Report;
    const { report, sink } = await reported(() => true);
    const oldestMs = sink.oldestUndeliveredMs!;
    expect(first.flows[0]!.sinks[0]!.oldestUndeliveredMs).toBe(oldestMs);
    expect(oldestMs).toBeGreaterThanOrEqual(beforeMs);
    expect(oldestMs).toBeLessThanOrEqual(afterMs);
    expect(report).toEqual({
      v: 1,
      version: expect.any(String),
      hostname: expect.any(String),
      pid: server.child.pid,
      config: {
        file: "sewer.yaml",
        generation: 1,
        sinceMs: expect.any(Number) as number,
        lastReload: null,
      },
      processes: [],
      flows: [
        {
          name: "web",
          state: "flowing",
          source: {
            requests: 1,
            requestsActive: 0,
            records: 1,
            served: 1,
            refused: expect.any(Object),
            connections: expect.any(Number),
            connectionsOpened: expect.any(Number),
            connectionsRefused: 0,
          },
          spool: {
            dir: join(directory(), "spool"),
            incarnation: expect.stringMatching(/^[0-9A-Z]{26}$/),
            failure: null,
            writer: expect.objectContaining({ recordsAppended: 1, recordsSealed: 0 }),
            drain: expect.objectContaining({ started: true, sinks: {}, unknownVersions: 0 }),
          },
          sinks: [
            {
              name: "main",
              isOpen: true,
              isFailing: false,
              breaker: "closed",
              waiting: 0,
              retrying: 0,
              running: 0,
              delivered: 0,
              deliveredRecords: 0,
              quarantined: 0,
              lastFailure: null,
              nextAttemptMs: null,
              oldestUndeliveredMs: oldestMs,
              oldestUndeliveredDirectory: bucketOf(oldestMs),
              oldestUndeliveredBatch: expect.stringMatching(/^[0-9A-Z]{26}-00000001$/),
              completeUntilMs: oldestMs,
            },
          ],
          unconfigured: [],
        },
      ],
    });
    const { code, stdout } = await sewer("status");
    expect(code).toBe(0);
    expect(stdout).toContain("flow web: flowing\n");
    expect(stdout).toContain(
      `oldest undelivered: ${new Date(oldestMs).toISOString()}, goes to ${bucketOf(oldestMs)}\n`,
    );
    // And there it is after the stop.
    expect((await server.stop()).code).toBe(0);
    expect(await readdir(bucketOf(oldestMs))).toHaveLength(1);
  });

  test("tells what waits for a sink that fails, over a restart, until it is delivered", async () => {
    const [port] = await freePorts(1);
    await writeConfig("200ms", `{ port: ${port} }`);
    await writeFile(join(directory(), "out"), "no directory");
    const first = await start();
    await fetch(`${first.pixel}/p.gif`);
    const down = await reported((sink) => sink.waiting === 1 && sink.isFailing);
    expect(down.sink.lastFailure?.code).toMatch(/^SEWER_/);
    const oldestMs = down.sink.oldestUndeliveredMs!;
    expect(down.sink.oldestUndeliveredDirectory).toBe(bucketOf(oldestMs));
    const text = await sewer("status");
    expect(text.stdout).toMatch(/^ {2}sink main: failing, 1 waiting, /m);
    expect(text.stdout).toMatch(/^ {4}last failure .*: SEWER_/m);
    await first.server.stop("SIGKILL");
    await start();
    const restarted = await reported((sink) => sink.oldestUndeliveredMs !== 0);
    expect(restarted.sink).toMatchObject({
      oldestUndeliveredMs: oldestMs,
      oldestUndeliveredDirectory: bucketOf(oldestMs),
      completeUntilMs: oldestMs,
    });
    await rm(join(directory(), "out"));
    const done = await reported((sink) => sink.oldestUndeliveredMs === null);
    expect(done.sink.completeUntilMs).toBeGreaterThan(oldestMs);
    expect(await readdir(bucketOf(oldestMs))).toHaveLength(1);
    expect((await sewer("status")).stdout).toContain("    nothing undelivered\n");
  });

  test("exit code 3 and the reason, when there is no server to ask", async () => {
    const [port] = await freePorts(1);
    await writeConfig("1s", `{ port: ${port} }`);
    for (const args of [["status"], ["status", "--json"]]) {
      expect(await sewer(...args)).toMatchObject({
        code: 3,
        stdout: "",
        stderr: `sewer: the server cannot be reached: http://127.0.0.1:${port}/status: nothing listens there; is it running with this config?\n`,
      });
    }
    await writeConfig("1s", "false");
    expect(await sewer("status")).toMatchObject({ code: 3, stderr: expect.stringContaining("admin: false") });
    await writeConfig("1s", "{ port: 0 }");
    expect(await sewer("status")).toMatchObject({ code: 3, stderr: expect.stringContaining("a fixed one") });
    expect(await sewer("status", "-c", "nothing.yaml")).toMatchObject({ code: 2, stdout: "" });
  });

  test("exit code 3 when something else answers there", async () => {
    const other = createServer((_request, response) => response.end('{"v":1}')).listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    await writeConfig("1s", `{ host: 0.0.0.0, port: ${port} }`);
    const { code, stdout, stderr } = await sewer("status", "--json");
    other.close();
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toContain("is no answer of sewer (HTTP 200)");
  });
});

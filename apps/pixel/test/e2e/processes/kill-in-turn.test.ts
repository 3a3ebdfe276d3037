import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { StatusReport } from "../../../src/admin/status.ts";
import { eventually } from "../../support/eventually.ts";
import { RunningSewer, runSewer } from "../../support/run-sewer.ts";
import { eventKey } from "../events.ts";
import { brokenPromises } from "../kill/promises.ts";
import { sendLoad, type LoadResult } from "../load-client.ts";

const rounds = process.env["SEWER_SOAK"] ? 50 : 10;
// Against hanging only; a machine that is busy with other things takes its time.
const timeoutMs = 900_000;
const limitMs = 60_000;
const connections = 16;
const requestsPerRound = 2000;
const killAfterAnswers = 500;
const targets = ["ingest-1", "delivery", "ingest-2", "supervisor"] as const;

const config = `admin: { port: 0 }
log: { format: json }
stop: { deliver: 10m }
flows:
  web:
    source: { type: http, host: 127.0.0.1, port: 0, processes: 2 }
    spool: { dir: spool, roll: { every: 300ms }, durability: written }
    retry: { base: 100ms, cap: 1s }
    sink: { type: file, path: out/x }
`;

async function statusOf(admin: string): Promise<StatusReport> {
  return (await (await fetch(`${admin}/status`)).json()) as StatusReport;
}

/** Waits until a process runs that is not `pid`. */
async function isBack(admin: string, name: string, pid: number): Promise<void> {
  await eventually(
    async () => {
      const found = (await statusOf(admin)).processes?.find((one) => one.name === name);
      return found?.state === "running" && found.pid !== pid ? true : undefined;
    },
    { limitMs, describe: () => `${name} does not come back` },
  );
}

/** Loads the server, kills one of its processes in the midst of it, and waits until that one is back. */
async function killUnderLoad(
  server: RunningSewer,
  { firstId, name }: { readonly firstId: number; readonly name: (typeof targets)[number] },
): Promise<LoadResult> {
  const { pixel = "", admin = "" } = await server.listening();
  const status = await statusOf(admin);
  const pid = name === "supervisor" ? status.pid : status.processes?.find((one) => one.name === name)?.pid;
  if (pid == null) throw new Error(`${name} does not run`);
  let isKilled = false;
  const load = await sendLoad({
    port: Number(new URL(pixel).port),
    firstId,
    requests: requestsPerRound,
    connections,
    onProgress: (answered) => {
      if (answered < killAfterAnswers || isKilled) return;
      isKilled = true;
      process.kill(pid, "SIGKILL");
    },
  });
  if (!isKilled) throw new Error("the load ended before the kill");
  if (name === "supervisor") await server.ended;
  else await isBack(admin, name, pid);
  return load;
}

test(
  `kill -9 of each process in turn under load, ${rounds} rounds: nothing acknowledged is lost, nothing comes twice`,
  async () => {
    const dir = mkdtempSync(join(tmpdir(), "sewer-processes-"));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    writeFileSync(join(dir, "sewer.yaml"), config);
    const start = (): RunningSewer => {
      const server = new RunningSewer(["start"], { cwd: dir });
      onTestFinished(async () => void (await server.stop("SIGKILL")));
      return server;
    };
    let server = start();
    const loads: LoadResult[] = [];
    for (let round = 0; round < rounds; round++) {
      const name = targets[round % targets.length]!;
      const load = await killUnderLoad(server, { firstId: round * requestsPerRound, name });
      loads.push(load);
      expect([...load.refused.keys()], name).toEqual([]);
      // A connection has one request under way: so many were reset at most, and by delivery none.
      const resetsMax = name === "delivery" ? 0 : connections;
      expect(load.unanswered.length, name).toBeLessThanOrEqual(resetsMax);
      if (name === "supervisor") server = start();
    }
    await server.listening();
    expect((await server.stop()).code).toBe(0);
    // A killed process's open segment is taken over by the next start at the latest.
    const last = start();
    await last.listening();
    const { code, stderr } = await last.stop();
    expect(code, stderr).toBe(0);
    const left = readdirSync(dir, { recursive: true, encoding: "utf8" });
    expect(left.filter((file) => /\.(?:open|seal)$/.test(file))).toEqual([]);

    const files = readdirSync(join(dir, "out")).filter((file) => !file.startsWith("."));
    const cat = await runSewer(["cat", ...files], { cwd: join(dir, "out") });
    expect(cat).toMatchObject({ code: 0, stderr: "" });
    const counts = new Map<string, number>();
    for (const line of cat.stdout.trimEnd().split("\n")) {
      const key = eventKey(JSON.parse(line));
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(brokenPromises("written", loads, counts)).toEqual([]);
  },
  timeoutMs,
);

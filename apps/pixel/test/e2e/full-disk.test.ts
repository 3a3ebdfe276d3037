import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, unlinkSync } from "node:fs";
import { writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { RunningSewer, freePorts, runSewer } from "../support/run-sewer.ts";
import { eventKey } from "./events.ts";
import { sendLoad } from "./load-client.ts";

/** Runs a command with a small disk of its own mounted at `disk`. */
const withDisk = (disk: string): [string, ...string[]] => {
  const script = 'mount -t tmpfs -o size=16m none "$1" && shift && exec "$@"';
  return ["unshare", "-Urm", "sh", "-c", script, "sh", disk];
};

function canMount(): boolean {
  const disk = mkdtempSync(join(tmpdir(), "sewer-mount-"));
  const [file, ...args] = withDisk(disk);
  const { status } = spawnSync(file, [...args, "true"]);
  rmSync(disk, { recursive: true });
  return status === 0;
}

const skipped = canMount() ? "" : " [skipped: no tmpfs can be mounted here]";

/** Fills a disk to the last byte. */
function fill(path: string): void {
  const file = openSync(path, "w");
  for (let bytes = 1024 * 1024; bytes >= 1;) {
    try {
      writeSync(file, Buffer.alloc(bytes, 1));
    } catch {
      bytes = Math.floor(bytes / 2);
    }
  }
  closeSync(file);
}

/** A server whose spool lies on a disk of 16 MiB. */
interface SmallDisk {
  readonly dir: string;
  readonly port: number;
  readonly adminPort: number;
  readonly sewer: RunningSewer;
  /** A file that takes what room there is. */
  readonly ballast: string;
}

async function startOnSmallDisk(onFull: string): Promise<SmallDisk> {
  const dir = mkdtempSync(join(tmpdir(), "sewer-full-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const disk = join(dir, "disk");
  for (const name of ["disk", "out"]) mkdirSync(join(dir, name));
  const [port, statusPort, adminPort] = (await freePorts(3)) as [number, number, number];
  writeFileSync(
    join(dir, "sewer.yaml"),
    `
admin: { port: ${adminPort} }
log: { format: json }
stop: { deliver: 10m }
flows:
  pixel:
    source: { type: http, host: 127.0.0.1, port: ${port}, statusPort: ${statusPort} }
    spool: { dir: disk/spool, roll: { every: 300ms }, durability: group, onFull: ${onFull} }
    retry: { base: 100ms, cap: 1s }
    sink: { type: file, path: 'out/data-%{yyyyMMdd-HHmmss}' }
`,
  );
  const sewer = new RunningSewer(["start"], { cwd: dir, under: withDisk(disk) });
  onTestFinished(async () => void (await sewer.stop("SIGKILL")));
  await sewer.listening();
  // The disk is seen only by the process that mounted it, and through it.
  const ballast = join("/proc", String(sewer.child.pid), "root", disk, "ballast");
  return { dir, port, adminPort, sewer, ballast };
}

/** Stops the server cleanly: exactly these events are in the output, each once. */
async function expectDelivered({ dir, sewer }: SmallDisk, acknowledged: readonly string[]): Promise<void> {
  const end = await sewer.stop();
  expect(end.code, end.stderr).toBe(0);
  const files = readdirSync(join(dir, "out")).map((name) => join(dir, "out", name));
  const { stdout, stderr } = await runSewer(["cat", ...files], { cwd: dir });
  expect(stderr).toBe("");
  const delivered = stdout
    .trimEnd()
    .split("\n")
    .map((line) => eventKey(JSON.parse(line)));
  expect(delivered.toSorted()).toEqual(acknowledged.toSorted());
}

/** How often the source was told to wait for room. */
async function waitsOf({ adminPort }: SmallDisk): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${adminPort}/metrics`);
  const value = /^sewer_spool_waits_total\{.*\} (\d+)$/m.exec(await response.text())?.[1];
  if (value === undefined) throw new Error("sewer_spool_waits_total is missing in /metrics");
  return Number(value);
}

/** Requests one by one, each on a connection of its own: one that was taken is answered once it is on disk. */
class Requests {
  readonly acknowledged: string[] = [];
  readonly unanswered: string[] = [];
  /** Status of each answer, in their order. */
  readonly answers: number[] = [];
  readonly #underWay: Promise<void>[] = [];
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  /** Sends one after the other until `isEnough`, without waiting for answers. */
  async sendUntil(isEnough: () => boolean | Promise<boolean>): Promise<void> {
    await eventually(
      async () => {
        this.#underWay.push(this.#send());
        return (await isEnough()) ? true : undefined;
      },
      { limitMs: 30_000, describe: () => `${this.answers.length} answers, the last ${this.answers.at(-1)}` },
    );
  }

  /** Waits for the answer of each. */
  async end(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async #send(): Promise<void> {
    const firstId = this.#underWay.length;
    const load = await sendLoad({ port: this.#port, firstId, requests: 1, connections: 1 });
    this.acknowledged.push(...load.acknowledged);
    this.unanswered.push(...load.unanswered);
    this.answers.push(...load.acknowledged.map(() => 204), ...load.refused.keys());
  }
}

describe.skipIf(skipped !== "")(`a full disk${skipped}`, () => {
  test("onFull refuse: requests get 503 while it is full and 204 again once there is room; every 204 is delivered, once", async () => {
    const server = await startOnSmallDisk("refuse");
    const requests = new Requests(server.port);
    await requests.sendUntil(() => requests.answers.at(-1) === 204);
    fill(server.ballast);
    await requests.sendUntil(() => requests.answers.at(-1) === 503);
    unlinkSync(server.ballast);
    await requests.sendUntil(() => requests.answers.at(-1) === 204);
    await requests.end();
    expect(requests.unanswered).toEqual([]);
    await expectDelivered(server, requests.acknowledged);
  });

  test("onFull block: requests wait while it is full, and all get their 204 once there is room; every 204 is delivered, once", async () => {
    const server = await startOnSmallDisk("block");
    const requests = new Requests(server.port);
    await requests.sendUntil(() => requests.answers.at(-1) === 204);
    expect(await waitsOf(server)).toBe(0);
    fill(server.ballast);
    await requests.sendUntil(async () => (await waitsOf(server)) > 0);
    unlinkSync(server.ballast);
    await requests.end();
    expect(new Set(requests.answers)).toEqual(new Set([204]));
    expect(requests.unanswered).toEqual([]);
    await expectDelivered(server, requests.acknowledged);
  });
});

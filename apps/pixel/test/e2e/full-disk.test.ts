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

describe.skipIf(skipped !== "")(`a full disk${skipped}`, () => {
  test("requests get 503 while it is full and 204 again once there is room; every 204 is delivered, once", async () => {
    const dir = mkdtempSync(join(tmpdir(), "sewer-full-"));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    const disk = join(dir, "disk");
    for (const name of ["disk", "out"]) mkdirSync(join(dir, name));
    const [port, statusPort] = (await freePorts(2)) as [number, number];
    writeFileSync(
      join(dir, "sewer.yaml"),
      `
admin: false
log: { format: json }
flows:
  pixel:
    source: { type: http, host: 127.0.0.1, port: ${port}, statusPort: ${statusPort} }
    spool: { dir: disk/spool, roll: { every: 300ms }, durability: group }
    sink: { type: file, path: 'out/data-%{yyyyMMdd-HHmmss}' }
`,
    );
    const sewer = new RunningSewer(["start"], { cwd: dir, under: withDisk(disk) });
    onTestFinished(async () => void (await sewer.stop("SIGKILL")));
    await sewer.listening();
    // The disk is seen only by the process that mounted it, and through it.
    const ballast = join("/proc", String(sewer.child.pid), "root", disk, "ballast");

    const acknowledged: string[] = [];
    const unanswered: string[] = [];
    const answers: number[] = [];
    let sent = 0;
    /** Sends one request, which may be answered much later: one that was taken waits until it is on disk. */
    const send = async (): Promise<void> => {
      const load = await sendLoad({ port, firstId: sent++, requests: 1, connections: 1 });
      acknowledged.push(...load.acknowledged);
      unanswered.push(...load.unanswered);
      answers.push(...load.acknowledged.map(() => 204), ...load.refused.keys());
    };
    const underWay: Promise<void>[] = [];
    /** Sends until the newest answer has this status. */
    const sendUntil = (status: number): Promise<true> =>
      eventually(
        () => {
          underWay.push(send());
          return Promise.resolve(answers.at(-1) === status ? true : undefined);
        },
        { limitMs: 30_000, describe: () => `${answers.length} answers, the last ${answers.at(-1)}` },
      );
    await sendUntil(204);
    fill(ballast);
    await sendUntil(503);
    unlinkSync(ballast);
    await sendUntil(204);
    await Promise.all(underWay);
    expect(unanswered).toEqual([]);
    const end = await sewer.stop();
    expect(end.code, end.stderr).toBe(0);

    const files = readdirSync(join(dir, "out")).map((name) => join(dir, "out", name));
    const { stdout } = await runSewer(["cat", ...files], { cwd: dir });
    const delivered = stdout
      .trimEnd()
      .split("\n")
      .map((line) => eventKey(JSON.parse(line)));
    expect(delivered.toSorted()).toEqual(acknowledged.toSorted());
  });
});

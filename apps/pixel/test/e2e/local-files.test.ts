import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { RunningSewer, freePorts, runSewer } from "../support/run-sewer.ts";
import { eventKey } from "./events.ts";
import { sendLoad } from "./load-client.ts";

let dir: string;
let port: number;
let running: RunningSewer[] = [];

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "sewer-e2e-"));
  mkdirSync(join(dir, "out"));
  const [pixel, status] = (await freePorts(2)) as [number, number];
  port = pixel;
  writeFileSync(
    join(dir, "sewer.yaml"),
    `
admin: false
log: { format: json }
flows:
  pixel:
    source: { type: http, host: 127.0.0.1, port: ${pixel}, statusPort: ${status} }
    spool: { dir: spool, roll: { every: '\${ROLL_EVERY:-500ms}' }, durability: interval, fsyncInterval: 1s }
    retry: { base: 100ms, cap: 1s }
    sink: { type: file, path: 'out/%{yyyy-MM-dd}/data-%{yyyyMMdd-HHmmss}' }
`,
  );
});

afterEach(async () => {
  await Promise.all(running.map((sewer) => sewer.stop("SIGKILL")));
  running = [];
  rmSync(dir, { recursive: true });
});

async function start(env: Record<string, string> = {}): Promise<RunningSewer> {
  const sewer = new RunningSewer(["start"], { cwd: dir, env });
  running.push(sewer);
  await sewer.listening();
  return sewer;
}

/** Names of all files below `folder` of the test's directory. */
function filesBelow(folder: string): string[] {
  return readdirSync(join(dir, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Files of the output that are still being written, which readers of a directory pass over. */
function temporaryFiles(): string[] {
  return filesBelow("out").filter((file) => basename(file).startsWith("."));
}

/** How often each event is in the output, as `sewer cat` prints it. */
async function countDelivered(): Promise<Map<string, number>> {
  const files = filesBelow("out").filter((file) => !basename(file).startsWith("."));
  const counts = new Map<string, number>();
  if (files.length === 0) return counts;
  const { code, stdout, stderr } = await runSewer(["cat", ...files], { cwd: dir });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  for (const line of stdout.trimEnd().split("\n")) {
    const key = eventKey(JSON.parse(line));
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

function isWritten(file: string): boolean {
  return statSync(file).size > 1000;
}

function batchesOnDisk(): string[] {
  return filesBelow("spool").filter((file) => file.endsWith(".seal") || file.endsWith(".open"));
}

describe("events to local files", () => {
  test("SIGTERM under load: exit 0, and every 204 that a client received is in the output, once", async () => {
    const sewer = await start();
    const stopping = new AbortController();
    const load = sendLoad({
      port,
      requests: 1_000_000,
      connections: 20,
      onProgress: (answered) => {
        if (answered === 3000) {
          sewer.child.kill("SIGTERM");
        }
      },
      signal: stopping.signal,
    });
    const end = await sewer.ended;
    stopping.abort();
    const { acknowledged, unanswered } = await load;
    expect(end.code, end.stderr).toBe(0);
    expect(acknowledged.length).toBeGreaterThanOrEqual(3000);

    expect(temporaryFiles()).toEqual([]);
    const delivered = await countDelivered();
    expect(acknowledged.filter((key) => delivered.get(key) !== 1)).toEqual([]);
    // What was sent but not answered may be there, once; nothing else is.
    const known = new Set([...acknowledged, ...unanswered]);
    expect([...delivered].filter(([key, count]) => count !== 1 || !known.has(key))).toEqual([]);
    expect(batchesOnDisk()).toEqual([]);
  });

  test("events of a killed process are delivered after the next start without any new event", async () => {
    // It does not roll, so that everything is in the segment which the kill leaves open.
    const sewer = await start({ ROLL_EVERY: "10m" });
    const { acknowledged } = await sendLoad({ port, requests: 200, connections: 5 });
    await eventually(async () => (filesBelow("spool/w").some(isWritten) ? true : undefined), {
      limitMs: 10_000,
      describe: () => `no record on disk: ${filesBelow("spool").join(", ")}`,
    });
    await sewer.stop("SIGKILL");
    const again = await start();
    await eventually(async () => ((await countDelivered()).size > 0 ? true : undefined), {
      limitMs: 20_000,
      describe: () => `on disk: ${batchesOnDisk().join(", ")}`,
    });
    expect((await again.stop()).code).toBe(0);
    expect(temporaryFiles()).toEqual([]);
    const delivered = await countDelivered();
    expect([...delivered].every(([key, count]) => count === 1 && acknowledged.includes(key))).toBe(true);
  });

  test("damaged spool files never stop the start: the rest is delivered, the damage is counted and reported", async () => {
    // It does not roll, so that everything is in the segment which the kill leaves open.
    const sewer = await start({ ROLL_EVERY: "10m" });
    const { acknowledged } = await sendLoad({ port, requests: 2000, connections: 1 });
    await eventually(async () => (filesBelow("spool/w").some(isWritten) ? true : undefined), {
      limitMs: 10_000,
      describe: () => `no record on disk: ${filesBelow("spool").join(", ")}`,
    });
    await sewer.stop("SIGKILL");
    const before = await countDelivered();

    // One byte in the middle of a segment, a segment of noise, and a file that is none of ours.
    const segment =
      filesBelow("spool").find((file) => /\.(?:open|seal)$/.test(file) && isWritten(file)) ?? "";
    const bytes = readFileSync(segment);
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = (bytes[middle] ?? 0) ^ 0xff;
    writeFileSync(segment, bytes);
    const [incarnation = ""] = readdirSync(join(dir, "spool/w"));
    const noise = join(dir, "spool/w", incarnation, `${incarnation}-00009999.open`);
    writeFileSync(noise, Buffer.alloc(5000, "noise"));
    writeFileSync(join(dir, "spool/q/stray.txt"), "not a room");

    const again = await start();
    const later = await sendLoad({ port, firstId: 2_000_000, requests: 100, connections: 1 });
    expect(later.acknowledged).toHaveLength(100);
    const end = await again.stop();
    expect(end.code, end.stderr).toBe(0);

    const delivered = await countDelivered();
    expect(later.acknowledged.filter((key) => delivered.get(key) !== 1)).toEqual([]);
    // Of the damaged segment everything but one frame has arrived.
    expect(delivered.size).toBeGreaterThanOrEqual(before.size);
    expect([...delivered].filter(([, count]) => count !== 1)).toEqual([]);
    expect(acknowledged.length + later.acknowledged.length).toBeGreaterThan(delivered.size);
    // Both are reported; what cannot be read is kept.
    expect(end.stderr).toMatch(/damage/);
    expect(filesBelow("spool/quarantine/_spool").map((file) => basename(file))).toContain(basename(noise));
  });
});

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readWithHadoop, startHdfs, type Hdfs } from "@sewer/hdfs-testbed";
import { describeHdfs } from "@sewer/hdfs-testbed/vitest";
import { accessLogEvent, javaSource } from "@sewer/writable";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { RunningSewer, freePorts, runSewer } from "../support/run-sewer.ts";
import { eventKey, type ExpectedEvent } from "./events.ts";
import { jsonEventsBelow } from "./json-events.ts";
import { sendLoad } from "./load-client.ts";
import { outageLength } from "./outage-length.ts";

const limitMs = 120_000;

let dir: string;
let sewer: RunningSewer | undefined;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "sewer-several-"));
});
afterEach(async () => {
  await sewer?.stop("SIGKILL");
  sewer = undefined;
  rmSync(dir, { recursive: true });
});

/** @param admin what the config says of the admin port. */
async function start(flows: string, admin = "false"): Promise<void> {
  const text = `
admin: ${admin}
log: { format: json }
stop: { deliver: 60s }
flows:
${flows}`;
  writeFileSync(join(dir, "sewer.yaml"), text);
  sewer = new RunningSewer(["start"], { cwd: dir });
  await sewer.listening();
}

/** Events in the JSON files below a folder of the test's. */
const eventsBelow = (folder: string): string[] => jsonEventsBelow(join(dir, folder));

/** Waits until exactly these are in the files below a folder, each once. */
async function untilDelivered(folder: string, keys: readonly string[]): Promise<void> {
  const wanted = [...keys].sort();
  const isAll = async (): Promise<true | undefined> =>
    eventsBelow(folder).length >= keys.length ? true : undefined;
  const describeLack = (): string => `${eventsBelow(folder).length} of ${keys.length} events in ${folder}`;
  await eventually(isAll, { limitMs, describe: describeLack });
  expect(eventsBelow(folder).sort()).toEqual(wanted);
}

/** Batches that wait in a spool, for whomever. */
function waitingIn(spool: string): string[] {
  const names = readdirSync(join(dir, spool, "q"), { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".seal"));
}

describe("two flows", () => {
  test("one whose HDFS is dead, and one that delivers all the while and stops cleanly", async () => {
    const [healthy = 0, stuck = 0, status1 = 0, status2 = 0, dead = 0] = await freePorts(5);
    await start(`
  healthy:
    source: { type: http, host: 127.0.0.1, port: ${healthy}, statusPort: ${status1} }
    spool: { dir: spool/healthy, roll: { every: 500ms } }
    sink: { type: file, path: 'healthy/%{rand}', format: { type: json } }
  stuck:
    source: { type: http, host: 127.0.0.1, port: ${stuck}, statusPort: ${status2} }
    spool: { dir: spool/stuck, roll: { every: 500ms } }
    retry: { base: 100ms, cap: 1s }
    sink: { type: hdfs, namenodes: ['http://127.0.0.1:${dead}'], path: /stuck/x }
`);
    const rounds = [0, 1, 2];
    let all: string[] = [];
    let lost = 0;
    for (const round of rounds) {
      const share = { requests: 500, connections: 5, firstId: round * 500 };
      const [well, ill] = await Promise.all([
        sendLoad({ ...share, port: healthy }),
        sendLoad({ ...share, port: stuck }),
      ]);
      expect([well.acknowledged.length, ill.acknowledged.length]).toEqual([500, 500]);
      all = [...all, ...well.acknowledged];
      lost += ill.acknowledged.length;
      // Each round is delivered before the next begins, with the other flow's batches waiting beside it.
      await untilDelivered("healthy", all);
      expect(waitingIn("spool/stuck").length).toBeGreaterThan(round);
    }
    expect(waitingIn("spool/healthy")).toEqual([]);
    expect(lost).toBe(1500);
  }, 240_000);
});

test("a sink that is stuck holds the other one only when spool.maxBytes is used up, and status says so", async () => {
  const [port = 0, statusPort = 0, dead = 0, adminPort = 0] = await freePorts(4);
  const flows = `
  pixel:
    source: { type: http, host: 127.0.0.1, port: ${port}, statusPort: ${statusPort} }
    spool: { dir: spool/pixel, roll: { every: 500ms }, maxBytes: 512KiB }
    retry: { base: 100ms, cap: 1s }
    sinks:
      near: { type: file, path: 'near/%{rand}', format: { type: json } }
      far: { type: hdfs, namenodes: ['http://127.0.0.1:${dead}'], path: /stuck/x }
`;
  await start(flows, `{ port: ${adminPort} }`);
  const load = await sendLoad({ port, requests: 5000, connections: 5 });
  expect([...load.refused.keys()]).toEqual([503]);
  // All that was taken is there: the stuck one does not keep it from the other.
  await untilDelivered("near", load.acknowledged);
  const { stdout } = await runSewer(["status"], { cwd: dir });
  expect(stdout).toMatch(
    /^ {2}spool HAS NO ROOM: spool\.maxBytes is used up; [\d.]+ KiB wait for sink far$/m,
  );
}, 240_000);

describeHdfs("a source with two sinks", () => {
  let hdfs: Hdfs;
  beforeAll(async () => {
    hdfs = await startHdfs();
  }, 300_000);
  afterAll(() => hdfs?.close());

  async function eventsOnHdfs(): Promise<string[]> {
    const files = await hdfs.files.tree("/fan-out");
    const keySources = [{ className: accessLogEvent.className, source: javaSource(accessLogEvent) }];
    const records = await readWithHadoop({ hdfs, files, keySources });
    return records.map(({ key }) => eventKey(key as unknown as ExpectedEvent));
  }

  const outageMs = outageLength("6s");
  const length = `${outageMs / 1000} s`;

  test(`HDFS is down for ${length}: the files keep up, HDFS catches up, each event is once in both`, async () => {
    const [port = 0, statusPort = 0] = await freePorts(2);
    await start(`
  pixel:
    source: { type: http, host: 127.0.0.1, port: ${port}, statusPort: ${statusPort} }
    spool: { dir: spool/pixel, roll: { every: 500ms } }
    retry: { base: 500ms, cap: 2s }
    sinks:
      near: { type: file, path: 'near/%{rand}', format: { type: json } }
      far: { type: hdfs, namenodes: ['${hdfs.namenodeUrl}'], user: ${hdfs.user}, path: /fan-out/data, replication: 1 }
`);
    const before = await sendLoad({ port, requests: 700, connections: 5 });
    await untilDelivered("near", before.acknowledged);
    await hdfs.nameNode.kill();
    const over = AbortSignal.timeout(outageMs);
    const load = { port, requests: 1_000_000, connections: 5, firstId: 700, paceMs: 20, signal: over };
    const during = await sendLoad(load);
    const all = [...before.acknowledged, ...during.acknowledged];
    expect([[...during.refused], during.unanswered]).toEqual([[], []]);
    // Still without HDFS.
    await untilDelivered("near", all);
    expect(waitingIn("spool/pixel").filter((name) => name.startsWith("near"))).toEqual([]);
    expect(waitingIn("spool/pixel").filter((name) => name.startsWith("far")).length).toBeGreaterThan(2);
    await hdfs.nameNode.start();
    await hdfs.waitUntilReady();
    const isEmpty = async (): Promise<true | undefined> =>
      waitingIn("spool/pixel").length === 0 ? true : undefined;
    await eventually(isEmpty, { limitMs, describe: () => `${waitingIn("spool/pixel").length} batches wait` });
    const end = await sewer!.stop();
    expect(end.code, end.stderr).toBe(0);
    expect((await eventsOnHdfs()).sort()).toEqual([...all].sort());
    expect(eventsBelow("near").sort()).toEqual([...all].sort());
  }, 300_000);
});

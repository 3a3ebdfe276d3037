import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readWithHadoop, startHdfs, type Hdfs } from "@sewer/hdfs-testbed";
import { describeHdfs } from "@sewer/hdfs-testbed/vitest";
import { accessLogEvent, javaSource } from "@sewer/writable";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Ended, RunningSewer, freePorts } from "../support/run-sewer.ts";
import { eventKey, type ExpectedEvent } from "./events.ts";
import { sendLoad } from "./load-client.ts";

describeHdfs("events to a real HDFS", () => {
  let hdfs: Hdfs;
  let dir: string;
  let port: number;
  let sewer: RunningSewer;

  beforeAll(async () => {
    hdfs = await startHdfs({ dataNodes: 2, replication: 1 });
    await hdfs.fs("-mkdir", "-p", "/collect");
    await hdfs.fs("-chmod", "777", "/collect");
  }, 300_000);
  afterAll(async () => {
    await hdfs?.close();
  });

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), "sewer-hdfs-"));
    const [pixel, status] = (await freePorts(2)) as [number, number];
    port = pixel;
    writeFileSync(
      join(dir, "sewer.yaml"),
      `
admin: false
log: { format: json }
stop: { deliver: 60s }
flows:
  pixel:
    source: { type: http, host: 127.0.0.1, port: ${pixel}, statusPort: ${status} }
    spool: { dir: spool, roll: { every: 2s } }
    retry: { base: 500ms, cap: 5s }
    sink:
      type: hdfs
      namenodes: ['${hdfs.namenodeUrl}']
      user: ${hdfs.user}
      path: '/collect/run-${pixel}/%{yyyy-MM-dd/HH00}/data-%{host}-%{yyyyMMdd-HHmmss}'
      replication: 1
      blockSize: 1MiB
`,
    );
    sewer = new RunningSewer(["start"], { cwd: dir });
    await sewer.listening();
  });
  afterEach(async () => {
    await sewer.stop("SIGKILL");
    rmSync(dir, { recursive: true });
  });

  /** Paths of all files of this run in HDFS, hidden ones too. */
  async function filesInHdfs(): Promise<string[]> {
    const listing = await hdfs.fs("-ls", "-R", `/collect/run-${port}`);
    return listing
      .split("\n")
      .filter((line) => line.startsWith("-"))
      .map((line) => line.split(/\s+/).slice(7).join(" "));
  }

  /** What Hadoop's own reader finds in them: each event and how often. */
  async function countDelivered(files: readonly string[]): Promise<Map<string, number>> {
    const records = await readWithHadoop({
      hdfs,
      files,
      keySources: [{ className: accessLogEvent.className, source: javaSource(accessLogEvent) }],
    });
    const counts = new Map<string, number>();
    for (const { key, value } of records) {
      expect(value).toBe(1);
      const event = key as unknown as ExpectedEvent & { readonly ip: string };
      expect(event.ip).toBe("127.0.0.1");
      counts.set(eventKey(event), (counts.get(eventKey(event)) ?? 0) + 1);
    }
    return counts;
  }

  /** After a clean stop: exactly these events, each once, whole files only, nothing left on disk. */
  async function expectDelivered(end: Ended, keys: readonly string[]): Promise<void> {
    expect(end.code, end.stderr).toBe(0);
    const left = readdirSync(join(dir, "spool"), { recursive: true, encoding: "utf8" });
    expect(left.filter((name) => /\.(?:open|seal)$/.test(name))).toEqual([]);
    const files = await filesInHdfs();
    expect(files.filter((file) => !file.endsWith(".seq") || /\/[._][^/]*$/.test(file))).toEqual([]);
    const delivered = await countDelivered(files);
    expect([...delivered].filter(([, count]) => count !== 1)).toEqual([]);
    expect(keys.filter((key) => !delivered.has(key))).toEqual([]);
    expect(delivered.size).toBe(keys.length);
  }

  test("20,000 requests over 20 keep-alive connections: Hadoop's reader prints exactly those events, each once", async () => {
    const { acknowledged, refused, unanswered } = await sendLoad({ port, requests: 20_000, connections: 20 });
    expect({ acknowledged: acknowledged.length, refused: [...refused], unanswered }).toEqual({
      acknowledged: 20_000,
      refused: [],
      unanswered: [],
    });
    await expectDelivered(await sewer.stop(), acknowledged);
  }, 180_000);

  test("the NameNode is killed for 20 s in the middle and started again: nothing lost, nothing twice", async () => {
    // 20 connections, one request each 25 ms: about 27 s of load, with the outage in its middle.
    let firstAnswers: () => void = () => {};
    const begun = new Promise<void>((resolve) => (firstAnswers = resolve));
    const load = sendLoad({
      port,
      requests: 20_000,
      connections: 20,
      paceMs: 25,
      onProgress: (answered) => answered === 2500 && firstAnswers(),
    });
    await begun;
    await hdfs.nameNode.kill();
    await new Promise((resolve) => setTimeout(resolve, 20_000));
    const restarted = hdfs.nameNode.start();
    const { acknowledged, refused, unanswered } = await load;
    await restarted;
    await hdfs.waitUntilReady();
    expect({ acknowledged: acknowledged.length, refused: [...refused], unanswered }).toEqual({
      acknowledged: 20_000,
      refused: [],
      unanswered: [],
    });
    await expectDelivered(await sewer.stop(), acknowledged);
  }, 240_000);
});

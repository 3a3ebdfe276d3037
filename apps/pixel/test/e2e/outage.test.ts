import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { readWithHadoop, startHdfs, type Hdfs } from "@sewer/hdfs-testbed";
import { describeHdfs } from "@sewer/hdfs-testbed/vitest";
import { accessLogEvent, javaSource } from "@sewer/writable";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { RunningSewer, freePorts } from "../support/run-sewer.ts";
import { eventKey, type ExpectedEvent } from "./events.ts";
import { sendLoad, type LoadResult } from "./load-client.ts";
import { outageLength } from "./outage-length.ts";

const outageMs = outageLength("20s");

/** Ten connections, a request each 20 ms: at most 500 a second. */
const connections = 10;
const paceMs = 20;
const sampleEveryMs = 500;

/** Batches that were delivered before HDFS goes away: code is compiled, buffers are made. */
const warmBatches = 5;

/**
 * By how much resident memory may grow from the time before. The heap breathes by some ten MiB; a minute of
 * events that are kept somewhere would be 40 MiB more, an hour's 2 GiB.
 */
const growthBytesMax = 48 * 1024 ** 2;

describeHdfs("an outage under load", () => {
  let hdfs: Hdfs;
  beforeAll(async () => {
    hdfs = await startHdfs();
  }, 300_000);
  afterAll(() => hdfs?.close());

  test(
    `the NameNode is dead for ${outageMs / 1000} s: every request is answered 204, memory stays flat, the backlog goes, each event is there once`,
    async () => {
      const server = await Server.start(hdfs);
      const endOfLoad = new AbortController();
      const load = sendLoad({
        port: server.port,
        requests: Number.MAX_SAFE_INTEGER,
        connections,
        paceMs,
        signal: endOfLoad.signal,
      });
      await server.metricsUntil((metrics) => metrics.delivered >= warmBatches, "batches before the outage");
      const memoryBefore = await server.memoryFor(5000);

      await hdfs.nameNode.kill();
      const memoryDuring = await server.memoryFor(outageMs);
      const { waiting } = await server.metrics();
      expect(waiting, "batches piled up").toBeGreaterThan(2);
      await hdfs.nameNode.start();
      await hdfs.waitUntilReady();
      const backMs = performance.now();

      // New batches come all the time: what is to go are those from before.
      const isGone = ({ oldestMs }: Metrics): boolean => oldestMs < performance.now() - backMs;
      await server.metricsUntil(isGone, "the backlog");
      const memoryAfter = await server.memoryFor(sampleEveryMs);
      endOfLoad.abort();
      await expectOnce(hdfs, server, await load);

      const figures = `resident bytes: ${memoryBefore} before, ${memoryDuring} during, ${memoryAfter} after`;
      process.stdout.write(`outage of ${outageMs} ms, ${waiting} batches piled up; ${figures}\n`);
      expect(memoryDuring, figures).toBeLessThan(memoryBefore + growthBytesMax);
      expect(memoryAfter, figures).toBeLessThan(memoryBefore + growthBytesMax);
    },
    outageMs + 240_000,
  );
});

/** Stops the server cleanly: no request was refused, and Hadoop's reader finds each event once. */
async function expectOnce(hdfs: Hdfs, server: Server, load: LoadResult): Promise<void> {
  expect([...load.refused]).toEqual([]);
  expect(load.unanswered).toEqual([]);
  const end = await server.sewer.stop();
  expect(end.code, end.stderr).toBe(0);
  const files = await hdfs.files.tree(server.directory);
  expect(files.filter((file) => !/\/[^./_][^/]*\.seq$/.test(file))).toEqual([]);
  const keySources = [{ className: accessLogEvent.className, source: javaSource(accessLogEvent) }];
  const records = await readWithHadoop({ hdfs, files, keySources });
  const delivered = records.map(({ key }) => eventKey(key as unknown as ExpectedEvent));
  expect(new Set(delivered).size, "no event is there twice").toBe(delivered.length);
  const found = new Set(delivered);
  expect(load.acknowledged.filter((key) => !found.has(key))).toEqual([]);
  expect(delivered).toHaveLength(load.acknowledged.length);
}

/** What of /metrics is looked at. */
interface Metrics {
  /** Batches that were delivered. */
  readonly delivered: number;
  /** Batches that are sealed and not delivered. */
  readonly waiting: number;
  /** Age of the oldest of them; 0 without any. */
  readonly oldestMs: number;
  readonly residentBytes: number;
}

/** The server, with a file a second. */
class Server {
  readonly sewer: RunningSewer;
  readonly port: number;
  readonly #adminPort: number;
  /** On HDFS. */
  readonly directory = "/outage";

  private constructor(sewer: RunningSewer, port: number, adminPort: number) {
    this.sewer = sewer;
    this.port = port;
    this.#adminPort = adminPort;
  }

  static async start(hdfs: Hdfs): Promise<Server> {
    const dir = mkdtempSync(join(tmpdir(), "sewer-outage-"));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    const [port, statusPort, adminPort] = (await freePorts(3)) as [number, number, number];
    writeFileSync(
      join(dir, "sewer.yaml"),
      `
admin: { port: ${adminPort} }
log: { format: json }
stop: { deliver: 2m }
flows:
  pixel:
    source: { type: http, host: 127.0.0.1, port: ${port}, statusPort: ${statusPort} }
    spool: { dir: spool, roll: { every: 1s } }
    retry: { base: 500ms, cap: 5s }
    sink: { type: hdfs, namenodes: ['${hdfs.namenodeUrl}'], user: ${hdfs.user}, path: /outage/data, replication: 1 }
`,
    );
    const sewer = new RunningSewer(["start"], { cwd: dir });
    onTestFinished(async () => void (await sewer.stop("SIGKILL")));
    await sewer.listening();
    return new Server(sewer, port, adminPort);
  }

  async metrics(): Promise<Metrics> {
    const response = await fetch(`http://127.0.0.1:${this.#adminPort}/metrics`);
    const text = await response.text();
    // Nothing is said of the disk before it was looked through. NaN keeps no limit.
    const read = (series: string): number =>
      Number(new RegExp(`^${series} (\\d[0-9.]*)$`, "m").exec(text)?.[1] ?? Number.NaN);
    return {
      delivered: read('sewer_sink_batches_total\\{.*outcome="delivered".*\\}'),
      waiting: read('sewer_spool_batches\\{.*state="on_disk".*\\}'),
      oldestMs: read("sewer_spool_oldest_age_seconds\\{.*\\}") * 1000,
      residentBytes: read("process_resident_memory_bytes"),
    };
  }

  async metricsUntil(isEnough: (metrics: Metrics) => boolean, what: string): Promise<void> {
    let last: Metrics | undefined;
    await eventually(
      async () => {
        last = await this.metrics();
        return isEnough(last) ? true : undefined;
      },
      { limitMs: 120_000, describe: () => `${what}: ${JSON.stringify(last)}` },
    );
  }

  /** The most resident memory that was seen in so long. */
  async memoryFor(ms: number): Promise<number> {
    const endMs = performance.now() + ms;
    let most = 0;
    while (performance.now() < endMs) {
      most = Math.max(most, (await this.metrics()).residentBytes);
      await delay(sampleEveryMs);
    }
    return most;
  }
}

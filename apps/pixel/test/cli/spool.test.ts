import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  encodeSegmentMeta,
  noMetrics,
  silentLogger,
  systemClock,
  systemRandom,
  type SettleableBatch,
} from "@sewer/core";
import { nodeFileSystem } from "@sewer/core/node";
import { openDrain, openSpool } from "@sewer/spool";
import { ManualClock } from "@sewer/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { freePorts, runSewer, RunningSewer } from "../support/run-sewer.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const directory = temporaryDirectory();
const sewer = (...args: string[]): ReturnType<typeof runSewer> => runSewer(args, { cwd: directory() });
const surroundings = {
  fs: nodeFileSystem,
  random: systemRandom,
  logger: silentLogger,
  metrics: noMetrics,
};
const startMs = 1_790_000_000_000;

/** Seals one batch of records in the spool `spool`, an hour after the one before. */
async function sealed(hour: number, records: readonly string[], sinks = ["main"]): Promise<string> {
  const writer = await openSpool({
    ...surroundings,
    clock: new ManualClock(startMs + hour * 3_600_000),
    dir: join(directory(), "spool"),
    meta: ({ createdMs }) =>
      encodeSegmentMeta({
        v: 1,
        flow: "pixel",
        schema: { name: "test", fields: [{ name: "text", type: "Text", nullable: false }] },
        host: "box",
        createdMs,
        sinks: Object.fromEntries(sinks.map((sink) => [sink, { path: `/${sink}/${hour}00/data` }])),
      }),
    durability: "interval",
    fsyncIntervalMs: 1000,
    rollEveryMs: 30_000,
    rollBytes: 1_000_000,
    rollAlign: false,
    maxBytes: 1_000_000_000,
    onFull: "refuse",
  });
  for (const record of records) {
    const room = writer.reserve(record.length);
    if (typeof room !== "object") throw new Error(room);
    writer.commit(room.buffer.write(record, room.offset));
  }
  await writer.close();
  return `${writer.incarnation}-00000001`;
}

/** One start of a delivery half, which gives each batch to `settle`. */
async function drained(settle: (batch: SettleableBatch) => Promise<void>): Promise<void> {
  const drain = await openDrain({
    ...surroundings,
    clock: systemClock,
    dir: join(directory(), "spool"),
    sinksOf: (meta) => Object.keys((JSON.parse(meta.toString()) as { sinks: object }).sinks),
    receiptsKeepMs: 1e9,
  });
  const settling: Promise<void>[] = [];
  drain.onBatch((batch) => void settling.push(settle(batch)));
  await drain.started;
  await Promise.all(settling);
  await drain.close();
}

/** A spool with one batch waiting for two sinks, one quarantined, one sealed. */
async function exampleSpool(): Promise<{ waiting: string; bad: string; fresh: string }> {
  const waiting = await sealed(0, ["a", "b"], ["main", "other"]);
  const bad = await sealed(1, ["c"]);
  await drained(async (batch) => {
    if (batch.id === bad) await batch.quarantine("HTTP 400:\n\u001b[31mbad");
  });
  return { waiting, bad, fresh: await sealed(2, ["d", "e", "f"]) };
}

function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("spool ls", () => {
  test("--json: one object for each batch, then the totals", async () => {
    const { waiting, bad, fresh } = await exampleSpool();
    const { code, stdout, stderr } = await sewer("spool", "ls", "spool", "--json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const lines = jsonLines(stdout);
    const spool = join(directory(), "spool");
    const common = {
      type: "batch",
      spool,
      flow: "pixel",
      bytes: expect.any(Number),
      ageMs: expect.any(Number),
    };
    const timesOf = (hour: number) => {
      const ms = startMs + hour * 3_600_000;
      return { firstMs: ms, lastMs: ms };
    };
    expect(lines).toEqual([
      {
        ...common,
        ...timesOf(2),
        state: "sealed",
        sink: null,
        batch: fresh,
        path: join(spool, "w", fresh.slice(0, 26), `${fresh}.seal`),
        destination: null,
        records: 3,
        reason: null,
      },
      {
        ...common,
        ...timesOf(0),
        state: "waiting",
        sink: "main",
        batch: waiting,
        path: join(spool, "q/main", `${waiting}.seal`),
        destination: "/main/000/data",
        records: 2,
        reason: null,
      },
      {
        ...common,
        ...timesOf(1),
        state: "quarantined",
        sink: "main",
        batch: bad,
        path: join(spool, "quarantine/main", `${bad}.seal`),
        destination: "/main/100/data",
        records: 1,
        reason: "HTTP 400:\n\u001b[31mbad",
      },
      {
        ...common,
        ...timesOf(0),
        state: "waiting",
        sink: "other",
        batch: waiting,
        path: join(spool, "q/other", `${waiting}.seal`),
        destination: "/other/000/data",
        records: 2,
        reason: null,
      },
      {
        type: "totals",
        spool,
        open: { batches: 0, records: 0, bytes: 0 },
        sealed: { batches: 1, records: 3, bytes: lines[0]!["bytes"] },
        damaged: { batches: 0, records: 0, bytes: 0 },
        newer: { batches: 0, records: 0, bytes: 0 },
        sinks: {
          main: {
            onDisk: { batches: 1, records: 2, bytes: lines[1]!["bytes"] },
            delivered: { batches: 0, records: 0, bytes: 0 },
            quarantined: { batches: 1, records: 1, bytes: lines[2]!["bytes"] },
          },
          other: {
            onDisk: { batches: 1, records: 2, bytes: lines[3]!["bytes"] },
            delivered: { batches: 0, records: 0, bytes: 0 },
            quarantined: { batches: 0, records: 0, bytes: 0 },
          },
        },
      },
    ]);
  });

  test("a table for people, one state of it, and no terminal escape of others", async () => {
    const { waiting, bad } = await exampleSpool();
    const all = await sewer("spool", "ls", "spool");
    expect(all.code).toBe(0);
    const rows = all.stdout.trimEnd().split("\n");
    expect(rows[0]).toBe(`spool ${join(directory(), "spool")}`);
    expect(rows[1]).toMatch(/^STATE +SINK +BATCH +RECORDS +BYTES +AGE +REASON$/);
    expect(rows[3]).toMatch(new RegExp(`^waiting +main +${waiting} +2 +\\d+.* B +\\d+d`));
    expect(rows[4]).toMatch(new RegExp(`^quarantined +main +${bad} +1 .* HTTP 400: \\[31mbad$`));
    expect(rows.slice(6)).toEqual([
      expect.stringMatching(/^sealed: 1 batches, 3 records, /),
      expect.stringMatching(/^sink main: waiting: 1 batches, 2 records, /),
      expect.stringMatching(/^sink main: quarantined: 1 batches, 1 records, /),
      expect.stringMatching(/^sink other: waiting: 1 batches, 2 records, /),
    ]);
    const some = await sewer("spool", "ls", "spool", "--state", "quarantined");
    const listed = some.stdout.split("\n").filter((line) => /^(sealed|waiting|quarantined) /.test(line));
    expect(listed).toEqual([rows[4]]);
  });

  test("lists the spools of a config beside its running server, whose locks stay held", async () => {
    const [port] = await freePorts(1);
    await writeFile(join(directory(), "out"), "no directory");
    await writeFile(
      join(directory(), "sewer.yaml"),
      `admin: { port: 0 }
flows:
  web:
    source: { type: http, host: 127.0.0.1, port: ${port}, statusPort: 0 }
    spool: { dir: spool, roll: { every: 200ms } }
    sink: { type: file, path: 'out/%{yyyy}/data' }
`,
    );
    const server = new RunningSewer(["start"], { cwd: directory() });
    onTestFinished(async () => void (await server.stop("SIGKILL")));
    const { pixel } = await server.listening();
    await fetch(`${pixel}/p.gif`);
    let batches: Record<string, unknown>[] = [];
    while (batches[0]?.["state"] !== "waiting") {
      const { code, stdout } = await sewer("spool", "ls", "--json");
      expect(code).toBe(0);
      batches = jsonLines(stdout);
    }
    expect(batches[0]).toMatchObject({ flow: "web", sink: "main", records: 1 });
    const id = String(batches[0]["batch"]);
    // Nothing can be moved while it runs, and what to do is said.
    const { code, stdout, stderr } = await sewer("spool", "requeue", "spool", id);
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toMatch(/^sewer: (?:not in quarantine|a server delivers)/);
    const second = await sewer("start");
    expect(second.code).toBe(10);
    expect((await server.stop()).code).toBe(0);
  });

  test.each([
    [["spool", "ls", "nothing"], 3, "there is no spool in"],
    [["spool", "ls", "nothing", "--json"], 3, "there is no spool in"],
    [["spool", "ls", "-c", "nothing.yaml"], 2, "nothing.yaml:1:1: cannot be read"],
    [["spool", "ls", "spool", "-c", "sewer.yaml"], 1, "not both"],
  ])("%j is an error, said on stderr", async (args, exit, message) => {
    const { code, stdout, stderr } = await sewer(...args);
    expect({ code, stdout }).toEqual({ code: exit, stdout: "" });
    expect(stderr).toContain(message);
  });
});

describe("spool requeue", () => {
  test("gives a batch back: the next start delivers it", async () => {
    const { bad } = await exampleSpool();
    const { code, stdout, stderr } = await sewer("spool", "requeue", "spool", bad);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${bad} waits for sink main\n`, stderr: "" });
    const given: string[] = [];
    await drained(async ({ id, sink }) => void given.push(`${sink} ${id}`));
    expect(given).toContain(`main ${bad}`);
    expect(await readdir(join(directory(), "spool/quarantine/main"))).toEqual([]);
  });

  test("is refused while somebody delivers, and when there is no such batch", async () => {
    const { bad, waiting } = await exampleSpool();
    const drain = await openDrain({
      ...surroundings,
      clock: systemClock,
      dir: join(directory(), "spool"),
      sinksOf: () => ["main"],
      receiptsKeepMs: 1e9,
    });
    const locked = await sewer("spool", "requeue", "spool", bad);
    await drain.close();
    expect(locked).toMatchObject({
      code: 3,
      stdout: "",
      stderr: expect.stringContaining("stop it, requeue"),
    });
    const missing = await sewer("spool", "requeue", "spool", bad.replace(/.$/, "7"), "--sink", "main");
    expect(missing).toMatchObject({ code: 3, stderr: expect.stringContaining("not in quarantine") });
    const other = await sewer("spool", "requeue", "spool", bad, "--sink", "other");
    expect(other).toMatchObject({ code: 3, stderr: expect.stringContaining("not in quarantine") });
    expect(waiting).not.toBe(bad);
    expect(await readdir(join(directory(), "spool/quarantine/main"))).toHaveLength(2);
  });
});

describe("spool export", () => {
  test("copies batches wherever they lie, and says which are not there", async () => {
    const { waiting, bad, fresh } = await exampleSpool();
    await mkdir(join(directory(), "copies"));
    const ids = [waiting, bad, fresh];
    const { code, stdout } = await sewer("spool", "export", "spool", ...ids, "--to", "copies");
    expect(code).toBe(0);
    const copies = (await readdir(join(directory(), "copies"))).sort();
    expect(copies).toEqual(ids.map((id) => `${id}.seal`).sort());
    expect(stdout.trimEnd().split("\n").sort()).toEqual(
      copies.map((name) => join(directory(), "copies", name)),
    );
    const original = await readFile(join(directory(), `spool/q/main/${waiting}.seal`));
    expect((await readFile(join(directory(), `copies/${waiting}.seal`))).equals(original)).toBe(true);
    const again = await sewer("spool", "export", "spool", waiting, "--to", "copies");
    expect(again).toMatchObject({ code: 3, stderr: expect.stringContaining("there is a file of this name") });
    const unknown = bad.replace(/.$/, "7");
    expect(await sewer("spool", "export", "spool", unknown, "--to", "copies")).toMatchObject({
      code: 3,
      stderr: `sewer: ${join(directory(), "spool")}: there is no batch ${unknown}\n`,
    });
  });
});

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeRetryState, type RetryState } from "@sewer/retry";
import { describe, expect, onTestFinished, test } from "vitest";
import { drainSpool, sealEvents } from "../support/example-spool.ts";
import { freePorts, runSewer, RunningSewer } from "../support/run-sewer.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const directory = temporaryDirectory();
const sewer = (...args: string[]): ReturnType<typeof runSewer> => runSewer(args, { cwd: directory() });
const sinks = { main: { path: "/out/data", format: {} } };

const failed: RetryState = {
  attempts: 5,
  unfinished: 0,
  batchFailures: 2,
  firstFailureMs: 1_790_000_000_000,
  nextDueMs: 32_000_000_000_000,
  lastError: { code: "SEWER_HDFS_QUOTA", message: "no\nspace", atMs: 1_790_000_001_000 },
};

describe("retry ls", () => {
  test("tells what failed and what is in quarantine, and not what only waits", async () => {
    const dir = join(directory(), "spool");
    const batch = { dir, events: 2, sinks };
    const [bad, late, calm] = [await sealEvents(batch), await sealEvents(batch), await sealEvents(batch)];
    await drainSpool(dir, async (each) => {
      if (each.id === bad) await each.quarantine("HTTP 400: bad");
      if (each.id === late) await each.saveRetry(encodeRetryState(failed));
      if (each.id === calm)
        await each.saveRetry(encodeRetryState({ ...failed, unfinished: 1, lastError: undefined }));
    });
    const json = await sewer("retry", "ls", "spool", "--json");
    expect(json).toMatchObject({ code: 0, stderr: "" });
    const lines = json.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    const common = { type: "batch", spool: dir, sink: "main", records: 2 };
    expect(lines).toEqual([
      expect.objectContaining({
        ...common,
        state: "waiting",
        batch: late,
        attempts: 5,
        ownFailures: 2,
        unfinished: 0,
        firstFailureMs: failed.firstFailureMs,
        nextDueMs: failed.nextDueMs,
        lastError: failed.lastError,
        reason: null,
      }),
      expect.objectContaining({
        ...common,
        state: "quarantined",
        batch: bad,
        attempts: null,
        lastError: null,
        reason: "HTTP 400: bad",
      }),
    ]);
    const table = await sewer("retry", "ls", "spool");
    const rows = table.stdout.trimEnd().split("\n");
    expect(rows).toHaveLength(3);
    expect(rows[0]).toMatch(/^STATE +SINK +BATCH +AGE +ATTEMPTS +NEXT +LAST ERROR$/);
    expect(rows[1]).toMatch(
      new RegExp(`^waiting +main +${late} +\\d+s? +5 +in \\d+d .* SEWER_HDFS_QUOTA: no space$`),
    );
    expect(rows[2]).toMatch(new RegExp(`^quarantined +main +${bad} .* - +never  HTTP 400: bad$`));
  });

  test("no spool is an error, nothing that failed is none", async () => {
    expect(await sewer("retry", "ls", "nothing")).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("there is no spool"),
    });
    await sealEvents({ dir: join(directory(), "spool"), events: 1, sinks });
    expect(await sewer("retry", "ls", "spool")).toMatchObject({ code: 0, stdout: "", stderr: "" });
  });
});

describe("retry now", () => {
  test("asks the running server, which tries a sink that it left alone", async () => {
    const [port] = await freePorts(1);
    await writeFile(join(directory(), "out"), "no directory");
    await writeFile(
      join(directory(), "sewer.yaml"),
      `admin: { port: ${port} }
log: { format: json }
flows:
  web:
    source: { type: http, host: 127.0.0.1, port: 0, statusPort: 0 }
    spool: { dir: spool, roll: { every: 1h } }
    sink: { type: file, path: 'out/%{yyyy}/data' }
`,
    );
    const server = new RunningSewer(["start"], { cwd: directory() });
    onTestFinished(async () => void (await server.stop("SIGKILL")));
    await server.listening();
    await server.logged(/could not be opened/);
    expect(await sewer("retry", "now")).toMatchObject({
      code: 0,
      stdout: "flow web, sink main: 0 batches are due now, the sink is tried now\n",
      stderr: "",
    });
    const id = "01JDEF0000000000000000ABCD-00000001";
    expect(await sewer("retry", "now", id, "--sink", "main")).toMatchObject({
      code: 3,
      stderr: expect.stringContaining(`${id} does not wait after a failure; "sewer retry ls"`),
    });
    expect(await sewer("retry", "now", "--sink", "other")).toMatchObject({
      code: 1,
      stderr: "sewer: no flow of the config has a sink other\n",
    });
  });

  test("without a server it says so", async () => {
    const [port] = await freePorts(1);
    await writeFile(
      join(directory(), "sewer.yaml"),
      `admin: { port: ${port} }\nflows: { web: { source: { type: http }, sink: { type: file, path: x } } }\n`,
    );
    expect(await sewer("retry", "now")).toMatchObject({
      code: 3,
      stdout: "",
      stderr: expect.stringContaining("nothing listens there"),
    });
  });
});

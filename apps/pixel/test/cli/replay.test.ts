import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sqliteLocks } from "@sewer/spool";
import { beforeEach, describe, expect, test } from "vitest";
import { drainSpool, sealEvents } from "../support/example-spool.ts";
import { runSewer, RunningSewer } from "../support/run-sewer.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const directory = temporaryDirectory();
const sewer = (...args: string[]): ReturnType<typeof runSewer> => runSewer(args, { cwd: directory() });
const spool = (): string => join(directory(), "dead");
const out = (name: string): string => join(directory(), "out", `${name}.jsonl`);
const seal = (name: string, events: number, flow = "web"): Promise<string> =>
  sealEvents({ dir: spool(), events, flow, sinks: { main: { path: out(name), format: { type: "json" } } } });

beforeEach(() =>
  writeFile(
    join(directory(), "sewer.yaml"),
    `flows:
  web:
    source: { type: http }
    sink: { type: file, path: 'out/%{timestamp}', format: { type: json } }
`,
  ),
);

describe("replay", () => {
  test("delivers what a dead machine has left, and says when nothing is left", async () => {
    await seal("a", 3);
    await seal("b", 4);
    const { code, stdout, stderr } = await sewer("replay", "dead");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe("flow web, sink main: 2 batches delivered (7 records), 0 moved to quarantine\n");
    expect((await readFile(out("b"), "utf8")).trimEnd().split("\n")).toHaveLength(4);
    const again = await sewer("replay", "dead", "--json");
    expect(again).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(again.stdout.split("\n")[0] ?? "")).toEqual({
      type: "sink",
      flow: "web",
      sink: "main",
      delivered: 0,
      deliveredRecords: 0,
      quarantined: 0,
      left: 0,
      inQuarantine: 0,
      lastFailure: null,
    });
  });

  test("what is in quarantine is left, and delivered with --quarantine once its cause is gone", async () => {
    await mkdir(out("a"), { recursive: true });
    await seal("a", 3);
    const first = await sewer("replay", "dead");
    expect(first).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("1 batches (3 records) are in quarantine"),
    });
    await rm(out("a"), { recursive: true });
    expect(await sewer("replay", "dead")).toMatchObject({ code: 3 });
    expect(await sewer("replay", "dead", "--quarantine")).toMatchObject({ code: 0, stderr: "" });
    expect(await readdir(join(directory(), "out"))).toEqual(["a.jsonl"]);
  });

  test("ends after --deliver-timeout when the sink cannot be reached, and everything is still there", async () => {
    await writeFile(join(directory(), "out"), "no directory");
    await seal("a", 3);
    const { code, stderr, stdout } = await sewer("replay", "dead", "--deliver-timeout", "10ms");
    expect(code).toBe(3);
    expect(stderr).toContain("sewer: left: 1 batches (3 records) wait for sink main: run it again");
    expect(stdout).toContain("0 batches delivered");
    await rm(join(directory(), "out"));
    expect((await sewer("replay", "dead")).code).toBe(0);
  });

  test("SIGINT stops it cleanly: the batch stays, and the lock is free", async () => {
    await writeFile(join(directory(), "out"), "no directory");
    await seal("a", 3);
    const running = new RunningSewer(["replay", "dead"], { cwd: directory() });
    await running.logged(/could not be opened/);
    const { code, stderr } = await running.stop("SIGINT");
    expect(code).toBe(3);
    expect(stderr).toContain("wait for sink main");
    await rm(join(directory(), "out"));
    expect((await sewer("replay", "dead")).code).toBe(0);
  });

  test("batches of another flow are left and named", async () => {
    await seal("a", 3, "shop");
    const { code, stderr } = await sewer("replay", "dead");
    expect(code).toBe(3);
    expect(stderr).toContain("1 of them are of flow shop for its sink main, which was not asked for");
  });

  test("a spool that another process delivers from is refused with 10", async () => {
    await seal("a", 1);
    await drainSpool(spool(), async () => {});
    const lock = sqliteLocks.acquire(join(spool(), "DRAIN"));
    try {
      const { code, stderr } = await sewer("replay", "dead");
      expect(code).toBe(10);
      expect(stderr).toContain("another process delivers from the spool directory");
    } finally {
      lock?.release();
    }
  });

  test.each([
    [["replay", "out"], 3, "there is no spool"],
    [["replay", "dead", "--flow", "x"], 1, "the config has no flow x; it has: web"],
    [["replay", "dead", "--sink", "x"], 1, "flow web has no sink x; it has: main"],
    [["replay", "dead", "--deliver-timeout", "soon"], 1, "--deliver-timeout takes a duration"],
  ])("%j is an error, and makes nothing", async (args, exit, message) => {
    await mkdir(join(directory(), "out"));
    const { code, stdout, stderr } = await sewer(...args);
    expect({ code, stdout }).toEqual({ code: exit, stdout: "" });
    expect(stderr).toContain(message);
    expect(await readdir(join(directory(), "out"))).toEqual([]);
  });
});

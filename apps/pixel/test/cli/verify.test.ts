import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { drainSpool, sealEvents } from "../support/example-spool.ts";
import { runSewer } from "../support/run-sewer.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const directory = temporaryDirectory();
const sewer = (...args: string[]): ReturnType<typeof runSewer> => runSewer(args, { cwd: directory() });
const spool = (): string => join(directory(), "spool");
const out = (name: string): string => join(directory(), "out", `${name}.seq`);
const seal = (name: string, events: number, sinks = ["main"]): Promise<string> =>
  sealEvents({
    dir: spool(),
    events,
    flow: "web",
    sinks: Object.fromEntries(sinks.map((sink) => [sink, { path: out(name), format: {} }])),
  });

beforeEach(() =>
  writeFile(
    join(directory(), "sewer.yaml"),
    `flows:
  web:
    source: { type: http }
    spool: { dir: spool }
    sink: { type: file, path: 'out/%{timestamp}' }
`,
  ),
);

async function delivered(): Promise<void> {
  const { stderr } = await sewer("replay", "spool");
  expect(stderr.split("\n").filter((line) => line.includes("for sink main"))).toEqual([]);
}

function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("verify", () => {
  test("everything is as the receipts say, and the accounting closes", async () => {
    await seal("a", 3);
    await seal("b", 4);
    await delivered();
    const bad = await seal("c", 5);
    const waiting = await seal("d", 6);
    await drainSpool(spool(), async (batch) => {
      if (batch.id === bad) await batch.quarantine("HTTP 400: bad");
    });
    await seal("e", 7);
    const { code, stdout, stderr } = await sewer("verify");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe(
      `quarantined  main        ${bad}  HTTP 400: bad
flow web, sink main: 2 receipts: 2 as their receipts say
  records: 25 sealed = 7 delivered + 13 on disk + 5 quarantined + 0 lost
`,
    );
    expect(waiting).not.toBe(bad);
    const json = await sewer("verify", "--json", "--since", "1d");
    expect(json.code).toBe(0);
    expect(jsonLines(json.stdout).map(({ type }) => type)).toEqual([
      "quarantined",
      "receipt",
      "receipt",
      "sink",
      "flow",
    ]);
    expect(jsonLines(json.stdout)[3]).toMatchObject({
      findings: { same: 2, missing: 0, unverified: 0 },
      delivered: { batches: 2, records: 7 },
      onDisk: { batches: 2, records: 13 },
      recordsLost: 0,
      recordsSealed: null,
    });
  });

  test("missing, length, records and damage are differences, exit 4", async () => {
    const names = ["gone", "short", "other", "broken", "fine"];
    const ids = new Map<string, string>();
    for (const [index, name] of names.entries()) ids.set(name, await seal(name, 3 + index));
    await delivered();
    await rm(out("gone"));
    const bytes = await readFile(out("short"));
    await writeFile(out("short"), bytes.subarray(0, -1));
    const broken = await readFile(out("broken"));
    await writeFile(out("broken"), broken.fill(0, broken.length >> 1));
    // The receipt is made to say another number.
    const day = new Date().toISOString().slice(0, 10);
    const path = join(spool(), "receipts", `${day}.jsonl`);
    const receipts = (await readFile(path, "utf8")).replace(/(other\.seq","records":)5/, "$19");
    await writeFile(`${path}.new`, receipts);
    await rename(`${path}.new`, path);
    const { code, stdout } = await sewer("verify", "--json");
    expect(code).toBe(4);
    const found = new Map(jsonLines(stdout).map(({ batch, finding }) => [batch, finding]));
    expect(names.map((name) => found.get(ids.get(name)))).toEqual([
      "missing",
      "length",
      "records",
      "unreadable",
      "same",
    ]);
    const quick = await sewer("verify", "--quick");
    expect(quick.code).toBe(4);
    expect(quick.stdout).toContain("5 receipts: 3 as their receipts say, 1 missing, 1 length");
    expect(quick.stdout).toMatch(
      new RegExp(`^missing +main +${ids.get("gone")}  .*gone.seq is not there$`, "m"),
    );
  });

  test("a destination that cannot be asked is exit 3, and asked once", async () => {
    await seal("a", 3);
    await seal("b", 3);
    await delivered();
    await writeFile(
      join(directory(), "hdfs.yaml"),
      `flows:
  web:
    source: { type: http }
    spool: { dir: spool }
    sink: { type: hdfs, namenodes: ['http://127.0.0.1:1'], user: u, path: '/x' }
`,
    );
    const { code, stdout, stderr } = await sewer("verify", "-c", "hdfs.yaml");
    expect(code).toBe(3);
    expect(stderr).toMatch(/^sewer: sink main of flow web cannot be asked: .*127\.0\.0\.1:1/);
    expect(stdout).toContain("2 receipts: 0 as their receipts say, 2 not verified");
  });

  test("a batch that was delivered to a sink that is gone is told, not failed", async () => {
    const id = await seal("a", 3, ["main", "old"]);
    await delivered();
    await drainSpool(spool(), (batch) =>
      batch.acknowledge({ destination: "/x", records: batch.recordCount, bytes: 1 }),
    );
    const { code, stdout } = await sewer("verify");
    expect(code).toBe(0);
    expect(stdout).toContain(`unverified   old         ${id}  the config has no sink old`);
    expect((await sewer("verify", "--sink", "main")).stdout).not.toContain("old");
  });

  test.each([
    [["verify", "--since", "soon"], 1, "--since takes a duration like 7d"],
    [["verify", "--flow", "x"], 1, "the config has no flow x"],
    [["verify"], 3, "there is no spool"],
  ])("%j is an error, said on stderr", async (args, exit, message) => {
    const { code, stdout, stderr } = await sewer(...args);
    expect({ code, stdout }).toEqual({ code: exit, stdout: "" });
    expect(stderr).toContain(message);
  });
});

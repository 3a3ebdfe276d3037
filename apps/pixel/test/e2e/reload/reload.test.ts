import { createServer } from "node:net";
import { isDeepStrictEqual } from "node:util";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { freePorts, runSewer } from "../../support/run-sewer.ts";
import { brokenPromises } from "../kill/promises.ts";
import { sendLoad, type LoadResult } from "../load-client.ts";
import { ReloadServer } from "./reload-server.ts";

const rounds = process.env["SEWER_SOAK"] ? 200 : 30;
// Against hanging only; a machine that is busy with other things takes its time.
const timeoutMs = 900_000;

interface Variant {
  readonly source?: string;
  readonly roll?: string;
  readonly retry?: string;
  readonly sinks?: string;
  readonly others?: string;
  readonly head?: string;
}

const main = "main: { type: file, path: out/x, format: { compression: none } }";

function configOf(processes: number, variant: Variant = {}): string {
  const {
    source = "",
    roll = "300ms",
    retry = "parallel: 4",
    sinks = main,
    others = "",
    head = "",
  } = variant;
  return `admin: { port: 0 }
log: { format: json${head} }
stop: { deliver: 10m }
flows:
  web:
    source: { type: http, host: 127.0.0.1, port: 0, processes: ${processes}${source} }
    spool: { dir: spool/web, roll: { every: ${roll} }, durability: written }
    retry: { base: 100ms, cap: 1s, ${retry} }
    sinks: { ${sinks} }
${others}`;
}

function other(name: string, out: string): string {
  return `  ${name}:
    source: { type: http, host: 127.0.0.1, port: 0 }
    spool: { dir: spool/${name} }
    sink: { type: file, path: ${out}/x }
`;
}

/** What one reload after the other changes: each part of a flow, flows that come and go, nothing at all. */
const variants: readonly Variant[] = [
  { source: ", headers: [accept]" },
  { roll: "200ms" },
  { sinks: `${main}, copy: { type: file, path: copy/x }` },
  { retry: "parallel: 2" },
  { others: other("second", "second") },
  { others: other("second", "moved") },
  { source: ", body: { record: true }, trustedProxies: [10.0.0.0/8]" },
  { head: ", level: warn" },
  { sinks: "main: { type: file, path: out/y, format: { type: json } }" },
  {},
];

test.for([1, 2])(
  `${rounds} reloads of a server with %i ingest process(es) under load: no request fails, each event comes once`,
  { timeout: timeoutMs },
  async (processes) => {
    const server = await ReloadServer.start(configOf(processes));
    const stop = new AbortController();
    const loading = sendLoad({
      port: server.pixelPort,
      requests: 1_000_000,
      connections: 8,
      paceMs: 2,
      signal: stop.signal,
    });
    let settledKiB = 0;
    for (let round = 0; round < rounds; round++) {
      const before = (await server.status()).flows[0]!.source.records;
      const report = await server.reload(configOf(processes, variants[round % variants.length]));
      expect(report).toMatchObject({ outcome: "taken", generation: round + 2, problems: [] });
      // Each config has served requests before the next one comes.
      while ((await server.status()).flows[0]!.source.records < before + 50);
      if (round === variants.length - 1) settledKiB = await server.residentKiB();
    }
    expect(await server.residentKiB()).toBeLessThan(1.6 * settledKiB);
    stop.abort();
    const load = await loading;
    expect([...load.refused], "refused").toEqual([]);
    expect(load.unanswered, "unanswered").toEqual([]);
    expect(await server.reload(configOf(processes))).toMatchObject({ problems: [] });
    const { code, stderr } = await server.sewer.stop();
    expect(code, stderr).toBe(0);
    // What was planned for a sink that the last config does not have waits on disk.
    const counts = await server.delivered("out");
    const acknowledged = new Set(load.acknowledged);
    expect([counts.size, acknowledged.size]).toEqual([acknowledged.size, load.acknowledged.length]);
    // A number is enough to tell: the events themselves are long.
    expect(load.acknowledged.filter((key) => counts.get(key) !== 1).length).toBe(0);
  },
);

test(
  "kill -9 of a process in the midst of a reload: the reload is taken or undone, and nothing acknowledged is lost",
  { timeout: timeoutMs },
  async () => {
    const server = await ReloadServer.start(configOf(2));
    const loads: LoadResult[] = [];
    let names = ["main"];
    for (const [round, name] of ["delivery", "ingest-1", "ingest-2", "delivery", "ingest-1"].entries()) {
      const pid = (await server.status()).processes?.find((process) => process.name === name)?.pid;
      const loading = sendLoad({
        port: server.pixelPort,
        firstId: 500 * round,
        requests: 500,
        connections: 8,
        paceMs: 2,
      });
      const extra = `extra-${round}`;
      const sinks = `${main}, ${extra}: { type: file, path: ${extra}/x }`;
      const reloading = server.reload(configOf(2, { sinks }));
      process.kill(pid!, "SIGKILL");
      const { outcome } = await reloading;
      expect(["taken", "failed"]).toContain(outcome);
      if (outcome === "taken") names = ["main", extra];
      loads.push(await loading);
      // Whoever was killed is back, with the config that all have.
      await eventually(
        async () => {
          const { flows, processes } = await server.status();
          const isBack = processes?.every(({ state, pid: now }) => state === "running" && now !== pid);
          const now = flows[0]?.sinks.map((sink) => sink.name);
          return isBack === true && isDeepStrictEqual(now, names) ? true : undefined;
        },
        { limitMs: 60_000, describe: () => `${name} was killed; ${outcome}, expected ${names.join()}` },
      );
    }
    expect(await server.reload(configOf(2))).toMatchObject({ problems: [] });
    expect((await server.sewer.stop()).code).toBe(0);
    const last = await ReloadServer.again(server);
    expect((await last.sewer.stop()).code).toBe(0);
    const counts = await server.delivered("out");
    expect(brokenPromises("written", loads, counts)).toEqual([]);
  },
);

describe("a reload that is not taken", () => {
  test("is told what is wrong, and nothing changes: an invalid config, one for a restart, a dry run", async () => {
    const config = configOf(1);
    const server = await ReloadServer.start(config);
    expect(await server.reload(config)).toMatchObject({ outcome: "unchanged", generation: 1, changes: [] });
    const wrong = await server.reload(config.replace("parallel: 4", "parallel: none"));
    expect(wrong).toMatchObject({ outcome: "refused", generation: 1, changes: [] });
    expect(wrong.problems.join()).toMatch(/^sewer\.yaml:8:\d+: flows\.web\.retry\.parallel/);
    const restart = await server.reload(config.replace("processes: 1", "processes: 2"));
    expect(restart).toMatchObject({
      outcome: "refused",
      changes: [{ path: "flows.web.source.processes", kind: "changed" }],
      problems: [expect.stringContaining("takes a restart")],
    });
    const dry = await server.reload(configOf(1, { roll: "1m" }), true);
    expect(dry).toMatchObject({
      outcome: "taken",
      generation: 1,
      changes: [{ path: "flows.web.spool.roll.every", kind: "changed" }],
    });
    const status = await server.status();
    expect(status.config).toMatchObject({
      file: "sewer.yaml",
      generation: 1,
      lastReload: { outcome: "refused" },
    });
    const metrics = await server.metrics();
    expect(metrics).toMatch(/^sewer_config_last_reload_successful 0$/m);
    expect(metrics).toMatch(/^sewer_config_reloads_total\{outcome="refused"\} 2$/m);
    expect((await server.sewer.stop()).code).toBe(0);
  });

  test.for([1, 2])(
    "is rolled back when a port of a new flow is taken: what ran goes on, with %i process(es)",
    async (processes) => {
      const taken = createServer().listen(0, "127.0.0.1");
      onTestFinished(() => void taken.close());
      await once(taken, "listening");
      const { port } = taken.address() as { port: number };
      const server = await ReloadServer.start(configOf(processes, { others: other("second", "second") }));
      const before = await server.status();
      const config = configOf(processes, {
        roll: "1h",
        sinks: "elsewhere: { type: file, path: elsewhere/x }",
        others: other("third", "third").replace("port: 0", `port: ${port}, statusPort: 0`),
      });
      const load = await sendLoad({ port: server.pixelPort, requests: 100, connections: 2 });
      const report = await server.reload(config);
      expect(report).toMatchObject({ outcome: "failed", generation: 1 });
      expect(report.problems.join()).toContain(String(port));
      const after = await server.status();
      expect(after.flows.map(({ name, state }) => [name, state])).toEqual([
        ["web", "flowing"],
        ["second", "flowing"],
      ]);
      expect(after.flows[0]!.sinks.map(({ name }) => name)).toEqual(["main"]);
      expect(after.processes?.map(({ pid }) => pid)).toEqual(before.processes?.map(({ pid }) => pid));
      const more = await sendLoad({ port: server.pixelPort, firstId: 100, requests: 100, connections: 2 });
      expect((await server.sewer.stop()).code).toBe(0);
      expect(server.undelivered()).toEqual([]);
      const counts = await server.delivered("out");
      const acknowledged = [...load.acknowledged, ...more.acknowledged];
      expect([acknowledged.length, counts.size]).toEqual([200, 200]);
      expect(acknowledged.filter((key) => counts.get(key) !== 1)).toEqual([]);
    },
  );
});

test("SIGHUP reloads, and sewer reload tells what changed", async () => {
  const [config, changed] = [configOf(1), configOf(1, { roll: "1m", others: other("second", "second") })];
  const server = await ReloadServer.start(config);
  writeFileSync(join(server.dir, "sewer.yaml"), changed);
  server.sewer.child.kill("SIGHUP");
  await server.sewer.logged(/"generation":2,"changes":\["flows\.web\.spool\.roll\.every","flows\.second"\]/);
  expect((await server.status()).flows.map(({ name }) => name)).toEqual(["web", "second"]);
  expect((await server.sewer.stop()).code).toBe(0);
});

test("sewer reload says what the server made of it, and its exit code too", async () => {
  const [adminPort = 0] = await freePorts(1);
  const withAdmin = (config: string): string =>
    config.replace("admin: { port: 0 }", `admin: { port: ${adminPort} }`);
  const server = await ReloadServer.start(withAdmin(configOf(1)));
  const reload = async (config: string, ...args: string[]) => {
    writeFileSync(join(server.dir, "sewer.yaml"), withAdmin(config));
    return runSewer(["reload", ...args], { cwd: server.dir });
  };
  const added = configOf(1, { sinks: `${main}, copy: { type: file, path: copy/x }`, roll: "1m" });
  const dry = await reload(added, "--dry-run");
  const changes = "~ flows.web.spool.roll.every\n+ flows.web.sinks.copy\n";
  expect(dry).toMatchObject({ code: 0, stdout: `${changes}the new config can be taken\n` });
  const taken = await reload(added);
  expect(taken).toMatchObject({ code: 0, stderr: "" });
  expect(taken.stdout).toContain("the new config is taken (generation 2)");
  expect(await reload(added)).toMatchObject({
    code: 0,
    stdout: "the config has not changed (generation 2)\n",
  });
  const refused = await reload(configOf(2), "--json");
  expect(refused.code).toBe(2);
  expect(JSON.parse(refused.stdout)).toMatchObject({ v: 1, outcome: "refused", generation: 2 });
  const { stdout } = await runSewer(["status"], { cwd: server.dir });
  expect(stdout).toMatch(/^config sewer\.yaml, generation 2 since .*\n {2}reload REFUSED /m);
  expect((await server.sewer.stop()).code).toBe(0);
  expect(await reload(added)).toMatchObject({
    code: 3,
    stderr: expect.stringContaining("nothing listens there") as string,
  });
});

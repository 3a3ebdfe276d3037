import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { BenchmarkResult, Figure, Goal } from "../figure.ts";
import { SpoolContender, startNginx, type Contender } from "../http/contender.ts";
import { Haproxy } from "../http/haproxy.ts";
import { loadsOf, type Load } from "../http/loads.ts";
import { findProgram } from "../program.ts";
import { withDirectory } from "../spool-files.ts";
import { columns, orderOfRound, ratiosOf } from "../statistics.ts";

const names = ["nginx", "HAProxy", "node:http", "ours, stream", "ours"] as const;
type Name = (typeof names)[number];

/** How much of it is done. */
export interface HttpOptions {
  readonly rounds: number;
  /** Of each load to each server in each round. @default 3 */
  readonly seconds?: number;
}

/** What one server did under one load in one round. */
interface Measured {
  readonly perSecond: number;
  /** CPU of a request, in microseconds. */
  readonly cpu: number;
  readonly requests: number;
}

type Row = Record<Name, Measured>;

/** Requests a second over those of nginx with a buffered log in the same round. */
const goals: Readonly<Record<string, Goal>> = {
  "800-byte User-Agent": { atLeast: 1.3 },
  "a browser's head": { atLeast: 0.95 },
  "pipelined x16": { atLeast: 4 },
  "ab -k -c 400": { atLeast: 1.2 },
};

/** Requests a second and CPU of a request: the HTTP source with a spool against three other servers with a log. */
export async function httpBenchmark({ rounds, seconds = 3 }: HttpOptions): Promise<BenchmarkResult> {
  const missing = ["nginx", "haproxy", "wrk", "ab"].filter((name) => findProgram(name) === undefined);
  if (missing.length > 0) {
    throw new Error(`not installed: ${missing.join(", ")}. tooling/debian/install.sh http installs them`);
  }
  return withDirectory(async (dir) => {
    const contenders = await startAll(dir);
    try {
      const byLoad = new Map<string, Row[]>();
      for (const load of loadsOf(seconds))
        byLoad.set(load.name, await measureLoad(load, contenders, { rounds, dir }));
      return resultOf(byLoad);
    } finally {
      await Promise.all([...contenders.values()].map((one) => one.close()));
    }
  });
}

async function startAll(dir: string): Promise<Map<Name, Contender>> {
  const haproxyDir = join(dir, "haproxy");
  mkdirSync(haproxyDir);
  return new Map<Name, Contender>([
    ["nginx", await startNginx(dir)],
    ["HAProxy", await Haproxy.start(findProgram("haproxy")!, haproxyDir)],
    ["node:http", await SpoolContender.start("node", dir)],
    ["ours, stream", await SpoolContender.start("stream", dir)],
    ["ours", await SpoolContender.start("shared", dir)],
  ]);
}

/** HAProxy logs a connection without a request, too: those that only ask whether it is there. */
const probes = 10;

/** All rounds of one load, without the first one, which only warms up. */
async function measureLoad(
  load: Load,
  contenders: ReadonlyMap<Name, Contender>,
  { rounds, dir }: { readonly rounds: number; readonly dir: string },
): Promise<Row[]> {
  const rows: Row[] = [];
  for (let round = 0; round <= rounds; round++) {
    const row: Partial<Row> = {};
    for (const name of orderOfRound(names, round))
      row[name] = await measure(load, contenders.get(name)!, dir).catch((error: unknown) => {
        throw new Error(`${load.name}, ${name}`, { cause: error });
      });
    rows.push(row as Row);
  }
  return rows.slice(1);
}

async function measure(load: Load, contender: Contender, dir: string): Promise<Measured> {
  const before = await contender.cpu();
  const { requests, perSecond } = await load.run(contender.port, dir);
  const spent = (await contender.cpu()) - before;
  const logged = await contender.settle(requests);
  if (logged < requests || logged > requests + load.cutOff + probes) {
    throw new Error(`${logged} logged of ${requests} requests`);
  }
  return { perSecond, cpu: spent / logged, requests: logged };
}

function resultOf(byLoad: ReadonlyMap<string, readonly Row[]>): BenchmarkResult {
  const figures: Figure[] = [];
  let events = 0;
  for (const [load, rows] of byLoad) {
    const rate = columns(rows.map((row) => valuesOf(row, ({ perSecond }) => perSecond)));
    const cpu = columns(rows.map((row) => valuesOf(row, (measured) => measured.cpu)));
    for (const row of rows) for (const { requests } of Object.values(row)) events += requests;
    for (const name of names) {
      if (name === "nginx") continue;
      figures.push({
        name: `${load}: ${name} / nginx, requests/s`,
        rounds: ratiosOf(rate[name], rate.nginx),
        unit: "",
        goal: name === "ours" ? goals[load] : undefined,
      });
    }
    for (const name of names) {
      figures.push({
        name: `${load}: ${name}, CPU of a request`,
        rounds: cpu[name],
        unit: "µs",
        goal: undefined,
      });
    }
  }
  return { name: "http", figures, events };
}

function valuesOf(row: Row, of: (measured: Measured) => number): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, of(row[name])])) as Record<Name, number>;
}

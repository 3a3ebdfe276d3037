import { join } from "node:path";
import type { BenchmarkResult, Figure } from "../figure.ts";
import { SewerProgram } from "../http/sewer-program.ts";
import { loadsOf, type Load } from "../http/loads.ts";
import { findProgram } from "../program.ts";
import { RoleProcess } from "../role-process.ts";
import { withDirectory } from "../spool-files.ts";
import { columns, orderOfRound, ratiosOf } from "../statistics.ts";

const names = ["1 process", "2 processes"] as const;
type Name = (typeof names)[number];

const loadNames = ["800-byte User-Agent", "Connection: close"];
const steady = { connections: 100, rate: 10_000 };

/** How much of it is done. */
export interface ScaleOptions {
  readonly rounds: number;
  /** Of each load to each server in each round. @default 3 */
  readonly seconds?: number;
}

/** What one server did under one load in one round. */
interface Measured {
  /** Requests a second. */
  readonly rate: number;
  /** CPU of a request over all its processes, in microseconds. */
  readonly cpu: number;
}

/**
 * The whole program with one process and with two that take events in, beside each other, each with its spool at
 * level interval; nothing is delivered meanwhile. No process is pinned but the load.
 */
export async function scaleBenchmark({ rounds, seconds = 3 }: ScaleOptions): Promise<BenchmarkResult> {
  if (findProgram("wrk") === undefined) {
    throw new Error("not installed: wrk. tooling/debian/install.sh http installs it");
  }
  return withDirectory(async (dir) => {
    const servers = new Map<Name, SewerProgram>();
    const steadyLoad = new RoleProcess("steady-load-role", { core: 1 });
    try {
      for (const [index, name] of names.entries()) {
        servers.set(name, await SewerProgram.start(join(dir, name), index + 1));
      }
      const figures: Figure[] = [];
      let events = 0;
      for (const load of loadsOf(seconds).filter(({ name }) => loadNames.includes(name))) {
        const { figures: ofLoad, requests } = await measureLoad(load, servers, { rounds, dir });
        figures.push(...ofLoad);
        events += requests;
      }
      const latency = await measureLatency(steadyLoad, servers, { rounds, seconds });
      return { name: "scale", figures: [...figures, latency], events };
    } finally {
      await Promise.all([steadyLoad.close(), ...[...servers.values()].map((server) => server.close())]);
    }
  });
}

async function measureLoad(
  load: Load,
  servers: ReadonlyMap<Name, SewerProgram>,
  { rounds, dir }: { readonly rounds: number; readonly dir: string },
): Promise<{ figures: Figure[]; requests: number }> {
  const rates: Record<Name, number>[] = [];
  const cpus: Record<Name, number>[] = [];
  let requests = 0;
  for (let round = 0; round <= rounds; round++) {
    const row: Partial<Record<Name, Measured>> = {};
    for (const name of orderOfRound(names, round)) {
      const server = servers.get(name)!;
      const before = { cpu: server.cpu(), served: await server.served() };
      const result = await load.run(server.port, dir);
      const cpu = server.cpu() - before.cpu;
      const served = (await server.served()) - before.served;
      // wrk counts fewer than are served when each ends its connection.
      if (served < result.requests) throw new Error(`${served} counted of ${result.requests} requests`);
      row[name] = { rate: result.perSecond, cpu: cpu / served };
      if (round > 0) requests += result.requests;
    }
    if (round === 0) continue;
    rates.push({ "1 process": row["1 process"]!.rate, "2 processes": row["2 processes"]!.rate });
    cpus.push({ "1 process": row["1 process"]!.cpu, "2 processes": row["2 processes"]!.cpu });
  }
  const rate = columns(rates);
  const cpu = columns(cpus);
  const what = `${load.name}: 2 processes / 1`;
  const figures: Figure[] = [
    { name: `${what}, requests/s`, rounds: ratiosOf(rate["2 processes"], rate["1 process"]) },
    { name: `${what}, CPU of a request`, rounds: ratiosOf(cpu["2 processes"], cpu["1 process"]) },
  ].map((figure) => ({ ...figure, unit: "", goal: undefined }));
  return { figures, requests };
}

/** The 99th percentile at a rate that one process can well serve. */
async function measureLatency(
  load: RoleProcess,
  servers: ReadonlyMap<Name, SewerProgram>,
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
): Promise<Figure> {
  const rows: Record<Name, number>[] = [];
  for (let round = 0; round <= rounds; round++) {
    const row: Partial<Record<Name, number>> = {};
    for (const name of orderOfRound(names, round)) {
      const { port } = servers.get(name)!;
      row[name] = (await load.ask<{ p99: number }>("run", { port, ...steady, seconds })).p99;
    }
    if (round > 0) rows.push(row as Record<Name, number>);
  }
  const p99 = columns(rows);
  const name = `p99 at ${steady.rate} requests/s: 2 processes / 1`;
  return { name, rounds: ratiosOf(p99["2 processes"], p99["1 process"]), unit: "", goal: undefined };
}

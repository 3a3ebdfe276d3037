import type { BenchmarkResult, Figure } from "../figure.ts";
import { SpoolContender, startNginx, type Contender } from "../http/contender.ts";
import { findProgram } from "../program.ts";
import { RoleProcess } from "../role-process.ts";
import { withDirectory } from "../spool-files.ts";
import { columns, orderOfRound, ratiosOf } from "../statistics.ts";

const names = ["nginx", "ours"] as const;
type Name = (typeof names)[number];

/** Requests a second. */
const rates = [10_000, 40_000] as const;
const connections = 100;
/** At the faster rate. */
const goal = { atMost: 1.2 } as const;

/** How much of it is done. */
export interface LatencyOptions {
  readonly rounds: number;
  /** Of each rate to each server in each round. @default 5 */
  readonly seconds?: number;
}

interface Latencies {
  readonly requests: number;
  readonly p50: number;
  readonly p99: number;
}

/** Latency at a fixed rate, counted from when a request was due: the HTTP source with a spool against nginx with a log. */
export async function httpLatencyBenchmark({
  rounds,
  seconds = 5,
}: LatencyOptions): Promise<BenchmarkResult> {
  if (findProgram("nginx") === undefined) {
    throw new Error("nginx is not installed. tooling/debian/install.sh http installs it");
  }
  return withDirectory(async (dir) => {
    const load = new RoleProcess("steady-load-role", { core: 1 });
    const contenders: Record<Name, Contender> = {
      nginx: await startNginx(dir),
      ours: await SpoolContender.start("shared", dir),
    };
    try {
      const figures: Figure[] = [];
      let events = 0;
      for (const rate of rates) {
        const rows: Record<Name, Latencies>[] = [];
        for (let round = 0; round <= rounds; round++) {
          const row: Partial<Record<Name, Latencies>> = {};
          for (const name of orderOfRound(names, round)) {
            const { port } = contenders[name];
            const seen = await load.ask<Latencies>("run", { port, connections, rate, seconds });
            const logged = await contenders[name].settle(seen.requests);
            if (logged !== seen.requests) throw new Error(`${name}: ${logged} logged of ${seen.requests}`);
            row[name] = seen;
            events += logged;
          }
          rows.push(row as Record<Name, Latencies>);
        }
        figures.push(...figuresOf(rate, rows.slice(1)));
      }
      return { name: "latency", events, figures };
    } finally {
      await Promise.all([load, ...Object.values(contenders)].map((one) => one.close()));
    }
  });
}

function figuresOf(rate: number, rows: readonly Record<Name, Latencies>[]): Figure[] {
  const p50 = columns(rows.map(({ nginx, ours }) => ({ nginx: nginx.p50, ours: ours.p50 })));
  const p99 = columns(rows.map(({ nginx, ours }) => ({ nginx: nginx.p99, ours: ours.p99 })));
  const at = `${rate / 1000}k/s`;
  const ratios = ratiosOf(p99.ours, p99.nginx);
  const figures: Figure[] = [
    {
      name: `${at}: p99, ours / nginx`,
      rounds: ratios,
      unit: "",
      goal: rate === rates[1] ? goal : undefined,
    },
  ];
  for (const name of names) {
    figures.push({ name: `${at}: p99, ${name}`, rounds: p99[name], unit: "ms", goal: undefined });
    figures.push({ name: `${at}: p50, ${name}`, rounds: p50[name], unit: "ms", goal: undefined });
  }
  return figures;
}

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { BenchmarkResult, Figure } from "../figure.ts";
import { SpoolContender, startNginx, type Contender } from "../http/contender.ts";
import { findProgram } from "../program.ts";
import { RoleProcess } from "../role-process.ts";
import { withDirectory } from "../spool-files.ts";
import { columns } from "../statistics.ts";

const starts = {
  nginx: startNginx,
  "node:http": (dir: string) => SpoolContender.start("node", dir),
  "ours, stream": (dir: string) => SpoolContender.start("stream", dir),
  ours: (dir: string) => SpoolContender.start("shared", dir),
} as const satisfies Record<string, (dir: string) => Promise<Contender>>;
type Name = keyof typeof starts;
const names = Object.keys(starts) as Name[];

const connections = 10_000;
/** Answered before, so that the server's code and heap are warm. */
const warmUp = { connections: 100, rate: 5000, seconds: 3 } as const;

/** How much of it is done. */
export interface IdleOptions {
  readonly rounds: number;
}

/** Resident memory of a connection that has sent one request and waits for its next. */
export async function httpIdleBenchmark({ rounds }: IdleOptions): Promise<BenchmarkResult> {
  if (findProgram("nginx") === undefined) {
    throw new Error("nginx is not installed. tooling/debian/install.sh http installs it");
  }
  return withDirectory(async (dir) => {
    const rows: Record<Name, number>[] = [];
    for (let round = 1; round <= rounds; round++) {
      const row: Partial<Record<Name, number>> = {};
      for (const name of names) {
        const own = join(dir, `${round}-${names.indexOf(name)}`);
        mkdirSync(own);
        row[name] = (await measure(name, own)) / 1024;
      }
      rows.push(row as Record<Name, number>);
    }
    const byName = columns(rows);
    const figures = names.map((name): Figure => ({
      name,
      rounds: byName[name],
      unit: "KiB",
      goal: name === "ours" ? { atMost: 5 } : undefined,
    }));
    return { name: "idle", events: rounds * names.length * connections, figures };
  });
}

/** A server of its own for each round: one that had as many connections before has the memory for them already. */
async function measure(name: Name, dir: string): Promise<number> {
  const contender = await starts[name](dir);
  const load = new RoleProcess("steady-load-role", { core: 1 });
  const idle = new RoleProcess("idle-role", { core: 1 });
  try {
    await load.ask("run", { port: contender.port, ...warmUp });
    const before = await contender.memory();
    await idle.ask("open", { port: contender.port, connections });
    return ((await contender.memory()) - before) / connections;
  } finally {
    await Promise.all([load, idle].map((one) => one.close()));
    await contender.close();
  }
}

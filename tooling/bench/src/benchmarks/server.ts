import type { BenchmarkResult } from "../figure.ts";
import { RoleProcess } from "../role-process.ts";
import { withDirectory } from "../spool-files.ts";
import { columns, orderOfRound, ratiosOf } from "../statistics.ts";

const variants = ["none", "interval", "group"] as const;
type Variant = (typeof variants)[number];

/** How much of it is done. */
export interface ServerOptions {
  readonly rounds: number;
  /** Requests to each server in each round, at least. @default 60000 */
  readonly requests?: number;
}

interface Usage {
  readonly main: number;
  readonly process: number;
  readonly records: number;
  readonly bytes: number;
}

/** CPU of a request to the HTTP source with a spool behind it, against the same one with nothing behind it. */
export async function serverBenchmark({
  rounds,
  requests = 60_000,
}: ServerOptions): Promise<BenchmarkResult> {
  return withDirectory(async (dir) => {
    const load = new RoleProcess("load-role", { core: 1 });
    const servers = new Map(
      variants.map((name) => [name, new RoleProcess("server-role", { core: 0, arguments: [name, dir] })]),
    );
    try {
      const rows: Record<Variant, Usage>[] = [];
      for (let round = 0; round <= rounds; round++) {
        const row = {} as Record<Variant, Usage>;
        for (const name of orderOfRound(variants, round)) {
          row[name] = await measure(servers.get(name)!, load, requests);
        }
        rows.push(row);
      }
      return resultOf(rows.slice(1));
    } finally {
      await Promise.all([load, ...servers.values()].map((role) => role.close()));
    }
  });
}

async function measure(server: RoleProcess, load: RoleProcess, requests: number): Promise<Usage> {
  const port = Number(new URL(await server.ask<string>("url")).port);
  const before = await server.ask<Usage>("usage");
  const sent = await load.ask<number>("run", { port, connections: 32, depth: 16, requests });
  const after = await server.ask<Usage>("usage");
  await server.ask("trim");
  const records = after.records - before.records;
  if (records !== sent) throw new Error(`${records} records of ${sent} requests`);
  return {
    main: after.main - before.main,
    process: after.process - before.process,
    records,
    bytes: after.bytes - before.bytes,
  };
}

function resultOf(rows: readonly Record<Variant, Usage>[]): BenchmarkResult {
  const per = (of: (usage: Usage) => number): Record<Variant, number[]> =>
    columns(
      rows.map(({ none, interval, group }) => ({ none: of(none), interval: of(interval), group: of(group) })),
    );
  const whole = per((usage) => usage.process / usage.records);
  const main = per((usage) => usage.main / usage.records);
  const events = rows.reduce(
    (sum, row) => sum + row.none.records + row.interval.records + row.group.records,
    0,
  );
  const explaining = { unit: "", goal: undefined } as const;
  const perRequest = { unit: "µs", goal: undefined } as const;
  return {
    name: "server",
    events,
    figures: [
      {
        name: "nothing / interval, CPU of the process",
        rounds: ratiosOf(whole.none, whole.interval),
        unit: "",
        goal: { atLeast: 0.8 },
      },
      {
        name: "nothing / group, CPU of the process",
        rounds: ratiosOf(whole.none, whole.group),
        unit: "",
        goal: { atLeast: 0.7 },
      },
      { name: "nothing / interval, main thread", rounds: ratiosOf(main.none, main.interval), ...explaining },
      { name: "nothing / group, main thread", rounds: ratiosOf(main.none, main.group), ...explaining },
      { name: "nothing, a request", rounds: whole.none, ...perRequest },
      { name: "interval, a request", rounds: whole.interval, ...perRequest },
      { name: "group, a request", rounds: whole.group, ...perRequest },
    ],
  };
}

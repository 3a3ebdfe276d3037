import type { BenchmarkResult } from "../figure.ts";
import { recordBytes } from "../records.ts";
import { RoleProcess } from "../role-process.ts";
import { withDirectory } from "../spool-files.ts";
import { columns, orderOfRound, ratiosOf } from "../statistics.ts";

/** What is compared: the harness alone; bare logs: plain, with a checksum, with group commit; the spool at two levels. */
export type AppendVariant = (typeof variants)[number];

const variants = ["none", "bare", "checked", "interval", "bare-group", "group"] as const;

/** How much of it is done. */
export interface AppendOptions {
  readonly rounds: number;
  /** Records of each variant in each round. @default 70000: a second */
  readonly records?: number;
}

interface Used {
  readonly main: number;
  readonly count: number;
  readonly bytesOnDisk?: number;
}

/** CPU of the main thread for an append, and what the records take on disk. */
export async function appendBenchmark({ rounds, records = 70_000 }: AppendOptions): Promise<BenchmarkResult> {
  return withDirectory(async (dir) => {
    const roles = new Map(
      variants.map((name) => [name, new RoleProcess("append-role", { core: 0, arguments: [name, dir] })]),
    );
    try {
      // The first round only warms up.
      const rows: Record<AppendVariant, Used>[] = [];
      for (let round = 0; round <= rounds; round++) {
        const row = {} as Record<AppendVariant, Used>;
        for (const name of orderOfRound(variants, round))
          row[name] = await roles.get(name)!.ask("run", records);
        rows.push(row);
      }
      return resultOf(rows.slice(1), records);
    } finally {
      await Promise.all([...roles.values()].map((role) => role.close()));
    }
  });
}

function resultOf(rows: readonly Record<AppendVariant, Used>[], records: number): BenchmarkResult {
  const cpu = columns(rows.map((row) => mapRow(row, ({ main }) => main / records)));
  // What the loop of timers costs without any log is no part of an append.
  const above = columns(rows.map((row) => mapRow(row, ({ main }) => (main - row.none.main) / records)));
  const disk = (name: "interval" | "group"): number[] =>
    rows.map((row) => row[name].bytesOnDisk! / (records * recordBytes));
  const events = rows.reduce(
    (sum, row) => sum + variants.reduce((part, name) => part + row[name].count, 0),
    0,
  );
  const perRecord = { unit: "µs", goal: undefined } as const;
  const ratio = { unit: "", goal: { atMost: 1.3 } } as const;
  const explaining = { unit: "", goal: undefined } as const;
  return {
    name: "append",
    events,
    figures: [
      {
        name: "interval / bare loop, main-thread CPU",
        rounds: safeRatios(above.interval, above.bare),
        ...ratio,
      },
      { name: "group / bare loop, main-thread CPU", rounds: safeRatios(above.group, above.bare), ...ratio },
      {
        name: "interval / bare loop with checksum",
        rounds: safeRatios(above.interval, above.checked),
        ...explaining,
      },
      {
        name: "group / bare loop with group commit",
        rounds: safeRatios(above.group, above["bare-group"]),
        ...explaining,
      },
      {
        name: "interval / bare loop, harness included",
        rounds: ratiosOf(cpu.interval, cpu.bare),
        ...explaining,
      },
      { name: "group / bare loop, harness included", rounds: ratiosOf(cpu.group, cpu.bare), ...explaining },
      { name: "harness alone, a record", rounds: cpu.none, ...perRecord },
      { name: "bare loop, a record", rounds: above.bare, ...perRecord },
      { name: "bare loop with checksum, a record", rounds: above.checked, ...perRecord },
      { name: "interval, a record", rounds: above.interval, ...perRecord },
      { name: "bare loop with group commit, a record", rounds: above["bare-group"], ...perRecord },
      { name: "group, a record", rounds: above.group, ...perRecord },
      {
        name: "bytes on disk / record bytes, interval",
        rounds: disk("interval"),
        unit: "",
        goal: { atMost: 1.01 },
      },
      { name: "bytes on disk / record bytes, group", rounds: disk("group"), ...explaining },
    ],
  };
}

function mapRow(
  row: Record<AppendVariant, Used>,
  value: (used: Used) => number,
): Record<AppendVariant, number> {
  return Object.fromEntries(variants.map((name) => [name, value(row[name])])) as Record<
    AppendVariant,
    number
  >;
}

/** In a tiny run the difference to the harness can vanish: a hundredth of a microsecond stands for nothing. */
function safeRatios(values: readonly number[], references: readonly number[]): number[] {
  return ratiosOf(
    values,
    references.map((value) => Math.max(value, 0.01)),
  );
}

import { median } from "./statistics.ts";

/** What a figure should be. */
export type Goal = { readonly atMost: number } | { readonly atLeast: number };

/** One result: a value per round, and what its median should be. */
export interface Figure {
  readonly name: string;
  /** `""` for a ratio. */
  readonly unit:
    | ""
    | "ms"
    | "µs"
    | "KiB"
    | "MB"
    | "MB/s"
    | "MiB/s"
    | "ms/MiB"
    | "batches/s"
    | "calls"
    | "k/s";
  readonly rounds: readonly number[];
  /** Undefined: it only explains another one. */
  readonly goal: Goal | undefined;
}

/** What a benchmark gives. */
export interface BenchmarkResult {
  readonly name: string;
  readonly figures: readonly Figure[];
  /** Events that it counted itself: records appended, requests answered, records read. */
  readonly events: number;
}

/** Whether the median keeps the goal; undefined without one. */
export function isReached({ goal, rounds }: Figure): boolean | undefined {
  if (goal === undefined) return undefined;
  const value = median(rounds);
  return "atMost" in goal ? value <= goal.atMost : value >= goal.atLeast;
}

/** The figures as a table of plain text. */
export function tableOf(results: readonly BenchmarkResult[]): string {
  const rows = [["figure", "median", "least", "most", "goal", ""]];
  for (const { name, figures } of results) {
    for (const figure of figures) rows.push(rowOf(name, figure));
  }
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function rowOf(benchmark: string, figure: Figure): string[] {
  const { name, unit, rounds, goal } = figure;
  const show = (value: number): string => textOf(value, unit);
  const verdict = { true: "reached", false: "MISSED", undefined: "" }[String(isReached(figure))] ?? "";
  const values = [median(rounds), Math.min(...rounds), Math.max(...rounds)];
  return [`${benchmark}: ${name}`, ...values.map(show), goalText(goal, show), verdict];
}

function goalText(goal: Goal | undefined, show: (value: number) => string): string {
  if (goal === undefined) return "-";
  return "atMost" in goal ? `<= ${show(goal.atMost)}` : `>= ${show(goal.atLeast)}`;
}

function textOf(value: number, unit: Figure["unit"]): string {
  if (unit === "") return value.toFixed(3);
  if (unit === "µs" || unit === "ms/MiB" || value < 10) return `${value.toFixed(2)} ${unit}`;
  return `${Math.round(value)} ${unit}`;
}

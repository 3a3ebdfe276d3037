import { cpus, release, totalmem, type } from "node:os";
import type { CountedResult } from "./matrix.ts";

const columns = ["fault", "healed in", "uploads", "files", "events", "quarantined", "lost", "twice"] as const;

/** The results as a Markdown table. `uploads` is how many were begun, `quarantined` how many batches. */
export function resultTable(results: readonly CountedResult[]): string {
  const rows = results.map(({ name, healSeconds, attempts, files, found, quarantined, lost, duplicates }) => [
    name,
    `${healSeconds.toFixed(1)} s`,
    ...[attempts, files.length, found, quarantined, lost, duplicates].map(String),
  ]);
  const lines = [[...columns], columns.map((_, index) => (index === 0 ? "---" : "---:")), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Where and when the results were got. */
export function circumstances(seed: number, date: Date): string {
  const [cpu] = cpus();
  const machine = `${cpus().length} cores (${cpu?.model.trim() ?? "unknown"}), ${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `${date.toISOString().slice(0, 10)}, ${type()} ${release()}, ${machine}, Node ${process.versions.node}, Hadoop 3.4.2, seed ${seed}.`;
}

/** Puts text between the two marks of a page that say where a command writes. */
export function replaceGenerated(page: string, text: string): string {
  const [begin, end] = ["<!-- generated: pnpm soak hdfs --page -->", "<!-- end of generated -->"];
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the page has no ${begin} before ${end}`);
  return `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`;
}

import { accessSync, constants } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import { delimiter, join } from "node:path";

/** What the figures were measured on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  /** Whether processes were bound to a core each. */
  readonly isPinned: boolean;
  /** ISO date. */
  readonly date: string;
}

/** This machine, now. */
export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    node: process.version,
    isPinned: canPin(),
    date: new Date().toISOString().slice(0, 10),
  };
}

/** The program that binds a process to a core is there, and there are two cores to choose from. */
export function canPin(): boolean {
  if (availableParallelism() < 2) return false;
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, "taskset"), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

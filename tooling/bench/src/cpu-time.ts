/** CPU time, user and system together, in microseconds. */
export interface CpuTime {
  /** Of the main thread. */
  readonly main: number;
  /** Of the process with all its threads. */
  readonly process: number;
}

/** What this process has used since it began. */
export function cpuTime(): CpuTime {
  const main = process.threadCpuUsage();
  const all = process.cpuUsage();
  return { main: main.user + main.system, process: all.user + all.system };
}

/** What it has used since `before`. */
export function cpuSince(before: CpuTime): CpuTime {
  const now = cpuTime();
  return { main: now.main - before.main, process: now.process - before.process };
}

/** How one process of the server stands. */
export interface ProcessStatus {
  /** `delivery`, or `ingest-1`, `ingest-2` and so on. */
  readonly name: string;
  /** Undefined while there is none. */
  readonly pid: number | undefined;
  /** `waiting`: it ended and is started again at {@link nextStartMs}. */
  readonly state: "starting" | "running" | "waiting" | "stopping" | "ended";
  /** Times that it was started again after it had ended by itself. */
  readonly restarts: number;
  /** How it last ended by itself; undefined when it never did. */
  readonly lastEnd: ProcessEnd | undefined;
  /** Epoch milliseconds; undefined unless it waits. */
  readonly nextStartMs: number | undefined;
}

/** How a process ended. */
export interface ProcessEnd {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
  /** Why it could not start, when it said so. */
  readonly reason: string | undefined;
  /** Epoch milliseconds. */
  readonly atMs: number;
}

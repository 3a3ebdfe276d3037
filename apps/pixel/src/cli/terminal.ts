import type { Writable } from "node:stream";

/** The program's surroundings, so that tests can stand in for them. */
export interface Terminal {
  /** Data, and nothing else. */
  readonly stdout: Writable;
  /** Messages. */
  readonly stderr: Writable;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

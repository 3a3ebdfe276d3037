import type { Channel } from "./channel.ts";
import type { RecordSchema } from "./segment-meta.ts";

/** Turns what arrives from outside into records of a channel. Rules: docs/specs/component.md. */
export interface Source {
  /** What the records look like. */
  readonly schema: RecordSchema;
  /**
   * Takes everything it needs (ports) and starts to write into `channel`. Settles once it is ready;
   * rejects, with nothing left open, when it cannot be.
   */
  open(channel: Channel): Promise<void>;
  /**
   * Stops taking new work, finishes what is under way within `graceMs` milliseconds, then ends it.
   * After it settles nothing is written to the channel any more. Idempotent.
   */
  close(graceMs: number): Promise<void>;
}

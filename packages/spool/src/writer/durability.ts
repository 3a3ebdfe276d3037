import type { SpoolWriterOptions } from "../writer.ts";

/** When a record counts as durable, and what has to be done for it. */
export interface DurabilityLevel {
  /** What a record counts as durable by: its commit, its write, or the sync that covers it. */
  readonly durableWhen: "committed" | "written" | "synced";
  /**
   * Longest time that a written record waits for its sync; undefined: until its segment is sealed, or, when
   * records are durable by their sync, not at all.
   */
  readonly syncEveryMs: number | undefined;
}

/** The level that the options name. */
export function durabilityLevel(
  options: Pick<SpoolWriterOptions, "durability" | "fsyncIntervalMs">,
): DurabilityLevel {
  const { durability, fsyncIntervalMs } = options;
  if (durability === "memory") return { durableWhen: "committed", syncEveryMs: undefined };
  if (durability === "interval") return { durableWhen: "committed", syncEveryMs: fsyncIntervalMs };
  if (durability === "written") return { durableWhen: "written", syncEveryMs: fsyncIntervalMs };
  return { durableWhen: "synced", syncEveryMs: undefined };
}

/**
 * The number up to which records are safe at the configured level; it never moves back, and it never passes a
 * record that is not.
 */
export class Watermark {
  #durable = 0;
  #isStopped = false;
  #isTelling = false;
  readonly #listeners = new Set<() => void>();

  get durable(): number {
    return this.#durable;
  }

  /** The next `records` are safe. */
  advance(records: number): void {
    if (this.#isStopped) return;
    this.#durable += records;
    if (this.#isTelling || this.#listeners.size === 0) return;
    // Once a turn and never inside commit: the source has not yet noted which answer waits for this record.
    this.#isTelling = true;
    queueMicrotask(this.#tell);
  }

  /** The next record will never be safe: nothing behind it can be, in this run. */
  stop(): void {
    this.#isStopped = true;
  }

  onMove(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  readonly #tell = (): void => {
    this.#isTelling = false;
    for (const listener of this.#listeners) listener();
  };
}

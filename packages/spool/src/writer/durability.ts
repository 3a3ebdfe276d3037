import type { SpoolWriterOptions } from "../writer.ts";

/** When a record counts as durable, and what has to be done for it. */
export interface DurabilityLevel {
  /** Longest time that a written record waits for its sync; undefined: until its segment is sealed. */
  readonly syncEveryMs: number | undefined;
}

/** The level that the options name. */
export function durabilityLevel(
  options: Pick<SpoolWriterOptions, "durability" | "fsyncIntervalMs">,
): DurabilityLevel {
  return { syncEveryMs: options.durability === "interval" ? options.fsyncIntervalMs : undefined };
}

/**
 * The number up to which records are safe at the configured level; it never moves back. The one place where
 * it moves: at the levels `memory` and `interval` a record is as safe as it is promised once it is committed.
 */
export class Watermark {
  #durable = 0;
  #isTelling = false;
  readonly #listeners = new Set<() => void>();

  get durable(): number {
    return this.#durable;
  }

  /** Record `number` and all before it lie in the buffers. */
  committed(number: number): void {
    this.#durable = number;
    if (this.#isTelling || this.#listeners.size === 0) return;
    // Once a turn and never inside commit: the source has not yet noted which answer waits for this record.
    this.#isTelling = true;
    queueMicrotask(this.#tell);
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

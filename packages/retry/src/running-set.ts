import assert from "node:assert";
import type { Entry, LaneName } from "./entry.ts";

/** How many may run, and how large. */
export interface RunningLimits {
  readonly parallel: number;
  readonly parallelBytes: number;
}

/** The attempts under way, and whether another may join them. */
export class RunningSet<Item> {
  readonly #limits: RunningLimits;
  readonly #entries = new Map<Item, Entry<Item>>();
  readonly #count: Record<LaneName, number> = { fresh: 0, backlog: 0, alone: 0 };
  #bytes = 0;

  constructor(limits: RunningLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether an attempt at `entry` may begin, as far as those that run are concerned. */
  hasRoomFor({ lane, bytes }: Entry<Item>, isProbe: boolean): boolean {
    const { parallel } = this.#limits;
    if (this.size >= parallel || this.#count.alone > 0) return false;
    if (lane === "alone") return this.size === 0;
    // The backlog leaves one slot to the fresh ones, so that none of them waits for an old one to end.
    const backlogMax = isProbe ? parallel : Math.max(1, parallel - 1);
    if (lane === "backlog" && this.#count.backlog >= backlogMax) return false;
    // The first of a lane always passes: else a large one would wait for ever beside a stream of small ones.
    return this.#count[lane] === 0 || this.#bytes + bytes <= this.#limits.parallelBytes;
  }

  add(entry: Entry<Item>): void {
    this.#entries.set(entry.item, entry);
    this.#count[entry.lane] += 1;
    this.#bytes += entry.bytes;
  }

  get(item: Item): Entry<Item> {
    const entry = this.#entries.get(item);
    assert(entry !== undefined, "the item is not running: take() did not give it, or it was reported before");
    return entry;
  }

  has(item: Item): boolean {
    return this.#entries.has(item);
  }

  remove(entry: Entry<Item>): void {
    this.#entries.delete(entry.item);
    this.#count[entry.lane] -= 1;
    this.#bytes -= entry.bytes;
  }
}

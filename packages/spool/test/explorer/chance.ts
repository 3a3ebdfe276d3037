import type { Random } from "@sewer/core";
import { seededRandom } from "@sewer/testkit";

/** Decisions from a seed; parts of a seed in a row give a seed of their own. */
export class Chance {
  readonly random: Random;

  constructor(...seeds: readonly number[]) {
    let seed = 0x2545f491;
    for (const part of seeds) seed = Math.imul(seed ^ (part + 0x9e3779b9), 0x85ebca6b) ^ (seed >>> 13);
    this.random = seededRandom(seed);
  }

  /** True with this probability. */
  is(probability: number): boolean {
    return this.random.next() < probability;
  }

  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number {
    return least + Math.floor(this.random.next() * (most - least + 1));
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.between(0, items.length - 1)]!;
  }
}

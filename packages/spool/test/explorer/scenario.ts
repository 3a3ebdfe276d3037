import type { SpoolWriterOptions } from "../../src/index.ts";
import { Chance } from "./chance.ts";

/**
 * Which calls of a life fail: no one; one sync in 40, or in 10; one sync of a journal in 4; one call of any kind
 * in 40; or, until the reserve has been cut, every one that notes a delivery or takes a batch.
 */
export type Faults = "none" | "syncs" | "notes" | "any" | "full";

/** A durability level of the spool. */
export type Level = SpoolWriterOptions["durability"];

/** The levels that the explorer tries. */
export const levels: readonly Level[] = ["memory", "interval", "written", "group"];

/** What one writer is and does. */
export interface WriterPlan {
  readonly level: Level;
  readonly sinks: readonly string[];
  readonly records: number;
  readonly recordBytesMax: number;
  readonly bufferBytes: number;
  readonly rollBytes: number;
  readonly rollEveryMs: number;
  readonly maxBytes: number;
  readonly onFull: "refuse" | "block";
  /** Ends with a clean stop; else the crash finds it open. */
  readonly closes: boolean;
}

/** Everything that happens before the crash, from one number. */
export interface Scenario {
  readonly seed: number;
  /** One process for all, or each writer in one of its own that may be killed alone. */
  readonly isDivided: boolean;
  readonly writers: readonly WriterPlan[];
  readonly faults: Faults;
  readonly reserveBytes: number;
  readonly sinkFailures: number;
  readonly quarantines: number;
}

/** The writer of a seed. */
export function writerPlan(chance: Chance, level: Level, recordsMax = 24): WriterPlan {
  const onFull = chance.pick(["refuse", "refuse", "block"] as const);
  const isTight = chance.is(onFull === "block" ? 0.4 : 0.1);
  return {
    level,
    sinks: chance.pick([["a"], ["b"], ["a", "b"], ["a", "b"]]),
    records: chance.between(1, recordsMax),
    recordBytesMax: chance.pick([24, 120, 700, 2500]),
    bufferBytes: chance.pick([256, 1024, 4096]),
    rollBytes: chance.pick([900, 2500, 8000, 100_000]),
    rollEveryMs: chance.pick([15, 60, 1000]),
    maxBytes: isTight ? chance.pick([6000, 12_000]) : 10_000_000,
    onFull,
    closes: chance.is(0.5),
  };
}

/** What is the same in all scenarios; what is undefined comes by chance. */
export interface Wishes {
  /** Level of all writers. */
  readonly level?: Level | undefined;
  readonly faults?: Faults | undefined;
}

/** The scenario of a seed. */
export function scenarioOf(seed: number, { level, faults: wished }: Wishes): Scenario {
  const chance = new Chance(seed, 1);
  const writers = chance.is(0.35) ? 2 : 1;
  const faults = faultsOf(chance, wished);
  return {
    seed,
    isDivided: chance.is(0.3),
    writers: Array.from({ length: writers }, () => writerPlan(chance, level ?? chance.pick(levels))),
    faults,
    reserveBytes: reserveOf(chance, faults),
    sinkFailures: chance.pick([0, 0, 0.2]),
    quarantines: chance.pick([0, 0, 0, 0.15]),
  };
}

/** What fails in a life. */
export function faultsOf(chance: Chance, wished: Faults | undefined): Faults {
  return wished ?? chance.pick(["none", "none", "none", "syncs", "notes", "any", "any", "full"]);
}

/** The reserve of a life, of two steps; a disk that is full needs one. */
export function reserveOf(chance: Chance, faults: Faults): number {
  return faults === "full" || chance.is(0.1) ? 20_000 : 0;
}

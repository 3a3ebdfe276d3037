import type { RetryState } from "@sewer/retry";
import type { Arrival } from "./scenario.ts";

/** A batch as the simulation knows it, independent of what the queue holds. */
export interface SimItem extends Arrival {
  readonly id: number;
  where: "coming" | "waiting" | "running" | "delivered" | "quarantined" | "withdrawn";
  /** In which it was added to this process's queue. */
  order: number;
  /** Attempts that a fault has spoilt. */
  spoilt: number;
  /** Deaths of the process during an attempt that had been written down. */
  unfinished: number;
  ownFailures: number;
  /** Sealed by this process. */
  isOfThisRun: boolean;
  /** Failed, in this run or in one before. */
  hasFailed: boolean;
  /** Successes of the sink when it last failed with this item, in this run; undefined when it did not. */
  successesSeen: number | undefined;
  isSuspect: boolean;
  /** Not to be tried before. */
  notBeforeMs: number;
  /** Since when it could have been tried. */
  dueMs: number;
  /** What lies on disk beside it. */
  saved: RetryState | undefined;
  endsMs: number;
  beganEpoch: number;
  beganAsProbe: boolean;
}

/** The item of an arrival. */
export function simItem(arrival: Arrival, id: number): SimItem {
  return {
    ...arrival,
    id,
    where: "coming",
    order: 0,
    spoilt: 0,
    unfinished: 0,
    ownFailures: 0,
    isOfThisRun: arrival.isFresh,
    hasFailed: false,
    successesSeen: undefined,
    isSuspect: false,
    notBeforeMs: -Infinity,
    dueMs: 0,
    saved: undefined,
    endsMs: 0,
    beganEpoch: 0,
    beganAsProbe: false,
  };
}

/** The process did not survive three attempts at it. */
export function isAlone(item: SimItem): boolean {
  return item.unfinished >= 3;
}

/** It has the slot that is kept for fresh batches. */
export function isFresh(item: SimItem): boolean {
  return item.isOfThisRun && !item.hasFailed && !isAlone(item);
}

/** Its turn may come at any time: nothing holds it back. */
export function isUnhurt(item: SimItem): boolean {
  return !item.hasFailed && !isAlone(item);
}

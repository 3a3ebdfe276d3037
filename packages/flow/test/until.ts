import { setImmediate } from "node:timers/promises";
import type { ManualClock } from "@sewer/testkit";

/** Far more than any condition takes. */
const turnsMax = 2_000_000;

/** Lets everything that is ready run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await setImmediate();
}

/**
 * Lets the event loop turn until `condition` holds, moving the clock by `stepMs` each time, but never while a
 * call of `fs` is under way: a disk that is slow today must not look like one that has been silent for minutes.
 */
export async function until(
  condition: () => boolean,
  clock: ManualClock,
  stepMs = 1,
  fs: { readonly underWay: number } = { underWay: 0 },
): Promise<void> {
  for (let turn = 0; !condition(); turn += 1) {
    if (turn === turnsMax) throw new Error(`still not so after ${turnsMax} turns: ${String(condition)}`);
    await setImmediate();
    if (fs.underWay === 0) clock.advance(stepMs);
  }
}

import { setImmediate } from "node:timers/promises";
import type { ManualClock } from "@sewer/testkit";

/** Lets everything that is ready run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await setImmediate();
}

/**
 * Lets the event loop turn until `condition` holds, moving the clock by `stepMs` each time: real files take
 * what time they take, the clock shows what the test wants.
 */
export async function until(
  condition: () => boolean,
  clock: ManualClock,
  stepMs = 1,
  turnsMax = 200_000,
): Promise<void> {
  for (let turn = 0; !condition(); turn += 1) {
    if (turn === turnsMax) throw new Error(`still not so after ${turnsMax} turns: ${String(condition)}`);
    await setImmediate();
    clock.advance(stepMs);
  }
}

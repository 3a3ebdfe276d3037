import { describe, expect, test } from "vitest";
import { sleep, systemClock, type Clock } from "@sewer/core";

/** One timer at a time is all that `sleep` needs; the full manual clock is in testkit, which builds on core. */
class OneTimerClock implements Clock {
  due: { readonly delayMs: number; readonly callback: () => void } | undefined;
  now = (): number => 0;
  monotonic = (): number => 0;
  schedule(delayMs: number, callback: () => void): () => void {
    this.due = { delayMs, callback };
    return () => (this.due = undefined);
  }
}

describe("sleep", () => {
  test("settles when the time has come and not before", async () => {
    const clock = new OneTimerClock();
    let awake = false;
    const slept = sleep(clock, 1000).then(() => (awake = true));
    expect(clock.due?.delayMs).toBe(1000);
    await Promise.resolve();
    expect(awake).toBe(false);
    clock.due?.callback();
    await slept;
    expect(awake).toBe(true);
  });

  test("an abort ends it at once and leaves no timer", async () => {
    const clock = new OneTimerClock();
    const abort = new AbortController();
    const slept = sleep(clock, 1000, abort.signal);
    expect(clock.due).toBeDefined();
    abort.abort();
    await slept;
    expect(clock.due).toBeUndefined();
    await sleep(clock, 1000, abort.signal);
    expect(clock.due).toBeUndefined();
  });
});

describe("systemClock", () => {
  test("a cancelled callback does not come", async () => {
    const called: string[] = [];
    const cancel = systemClock.schedule(0, () => called.push("cancelled"));
    cancel();
    await new Promise<void>((resolve) => {
      systemClock.schedule(1, resolve);
      // The clock's own timers do not keep the process alive; this one does for the test.
      setTimeout(() => {}, 50);
    });
    expect(called).toEqual([]);
  });

  // Node turns a delay over 2^31 - 1 into 1 ms.
  test("a delay beyond what setTimeout takes does not fire at once", async () => {
    const called: string[] = [];
    const cancel = systemClock.schedule(2 ** 40, () => called.push("fired"));
    await new Promise((resolve) => setTimeout(resolve, 20));
    cancel();
    expect(called).toEqual([]);
  });
});

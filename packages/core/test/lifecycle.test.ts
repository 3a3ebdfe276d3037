import { describe, expect, test } from "vitest";
import { nextLifecycleState, type LifecycleEvent, type LifecycleState } from "@sewer/core";

const walk = (events: LifecycleEvent[]): LifecycleState =>
  events.reduce<LifecycleState>((state, event) => nextLifecycleState(state, event), "closed");

describe("lifecycle", () => {
  test("opens, flows, closes and opens again", () => {
    expect(walk(["open"])).toBe("opening");
    expect(walk(["open", "opened"])).toBe("flowing");
    expect(walk(["open", "opened", "close"])).toBe("closing");
    expect(walk(["open", "opened", "close", "closed", "open"])).toBe("opening");
  });

  test("a failure is left by closing only", () => {
    expect(walk(["open", "fail"])).toBe("error");
    expect(() => walk(["open", "fail", "open"])).toThrow('lifecycle: "open" cannot happen in state "error"');
    expect(walk(["open", "fail", "close", "closed"])).toBe("closed");
  });

  test("closing is idempotent", () => {
    expect(walk(["close"])).toBe("closed");
    expect(walk(["open", "close", "close"])).toBe("closing");
  });

  test("what cannot happen is a programmer error", () => {
    expect(() => walk(["opened"])).toThrow(/cannot happen/);
    expect(() => walk(["open", "open"])).toThrow(/cannot happen/);
  });
});

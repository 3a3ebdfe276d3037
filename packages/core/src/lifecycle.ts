/** Where a component is in its life. `error` can be left by closing only. */
export type LifecycleState = "closed" | "opening" | "flowing" | "closing" | "error";

/** What moves a component from one {@link LifecycleState} to the next. */
export type LifecycleEvent = "open" | "opened" | "close" | "closed" | "fail";

/** Every state and event; `null` is a programmer error. */
const transitions: Record<LifecycleState, Record<LifecycleEvent, LifecycleState | null>> = {
  closed: { open: "opening", opened: null, close: "closed", closed: "closed", fail: null },
  opening: { open: null, opened: "flowing", close: "closing", closed: null, fail: "error" },
  flowing: { open: null, opened: null, close: "closing", closed: null, fail: "error" },
  closing: { open: null, opened: null, close: "closing", closed: "closed", fail: "error" },
  error: { open: null, opened: null, close: "closing", closed: "closed", fail: "error" },
};

/**
 * The state that follows `state` on `event`.
 *
 * @throws Error when the event cannot happen there: a bug in the caller, not an operating error.
 */
export function nextLifecycleState(state: LifecycleState, event: LifecycleEvent): LifecycleState {
  const next = transitions[state][event];
  if (next === null) throw new Error(`lifecycle: "${event}" cannot happen in state "${state}"`);
  return next;
}

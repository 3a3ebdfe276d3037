import { nextLifecycleState, type LifecycleEvent, type LifecycleState } from "@sewer/core";

/** The lifecycle state of one object, moved by the rules of core. */
export class Lifecycle {
  #state: LifecycleState = "closed";

  get state(): LifecycleState {
    return this.#state;
  }

  /** @throws Error when the event cannot happen now: a bug in the caller. */
  move(event: LifecycleEvent): void {
    this.#state = nextLifecycleState(this.#state, event);
  }
}

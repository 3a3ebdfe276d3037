/** Something that may change: whoever waits looks again after every {@link notify}. */
export class Condition {
  #next = Promise.withResolvers<void>();

  /** Settles at the next {@link notify}. */
  wait(): Promise<void> {
    return this.#next.promise;
  }

  /** Wakes everybody who waits now. */
  notify(): void {
    this.#next.resolve();
    this.#next = Promise.withResolvers<void>();
  }
}

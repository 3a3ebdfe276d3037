import { Condition } from "./condition.ts";

/** How many messages the other thread has and has not answered: whoever sends waits while it has enough. */
export class Window {
  readonly #changed = new Condition();
  #sent = 0;
  #isClosed = false;

  /** A message was sent. */
  sent(): void {
    this.#sent++;
  }

  /** The other thread is done with the oldest one. */
  answered(): void {
    this.#sent--;
    this.#changed.notify();
  }

  /** Nothing more is wanted: whoever waits gives up. */
  close(): void {
    this.#isClosed = true;
    this.#changed.notify();
  }

  /** Waits until the other thread has fewer than `count`. @returns false when nothing more is wanted. */
  async below(count: number): Promise<boolean> {
    while (!this.#isClosed && this.#sent >= count) await this.#changed.wait();
    return !this.#isClosed;
  }
}

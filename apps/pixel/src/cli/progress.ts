import type { Writable } from "node:stream";
import type { Clock } from "@sewer/core";

const everyMs = 200;

/** A line on a terminal that says how far a long command has come; nothing elsewhere. */
export class Progress {
  readonly #stream: Writable | undefined;
  readonly #clock: Clock;
  #shownMs = -Infinity;
  #isShown = false;

  constructor(stream: Writable, clock: Clock) {
    this.#stream = "isTTY" in stream && stream.isTTY === true ? stream : undefined;
    this.#clock = clock;
  }

  /** Replaces the line, five times a second at most. */
  show(text: string): void {
    const nowMs = this.#clock.monotonic();
    if (this.#stream === undefined || nowMs - this.#shownMs < everyMs) return;
    this.#shownMs = nowMs;
    this.#isShown = true;
    this.#stream.write(`\r\u001b[K${text}`);
  }

  /** Takes the line away, before anything else is written. */
  clear(): void {
    if (this.#isShown) this.#stream?.write("\r\u001b[K");
    this.#isShown = false;
  }
}

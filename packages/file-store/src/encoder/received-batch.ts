import type { MessagePort } from "node:worker_threads";
import type { EncodableBatch } from "../formats/format.ts";
import { Condition } from "./condition.ts";
import { tellMain, type ToThread } from "./protocol.ts";

/** A batch in an encoder thread: its records come from the main thread, and can be read once. */
export class ReceivedBatch implements EncodableBatch {
  readonly id: string;
  readableCount: number | undefined;
  readonly #port: MessagePort;
  readonly #changed = new Condition();
  readonly #records: Extract<ToThread, { type: "records" }>[] = [];
  #isEnded = false;

  constructor(id: string, port: MessagePort) {
    this.id = id;
    this.#port = port;
  }

  /** The main thread has sent something. */
  received(message: Exclude<ToThread, { type: "taken" }>): void {
    if (message.type === "records") this.#records.push(message);
    else {
      this.readableCount = message.readableCount;
      this.#isEnded = true;
    }
    this.#changed.notify();
  }

  /** Nobody reads on: wakes `frames`, if it waits. */
  stop(): void {
    this.#changed.notify();
  }

  async *frames(signal: AbortSignal): AsyncGenerator<{ readonly payload: Buffer }, void, undefined> {
    for (;;) {
      signal.throwIfAborted();
      const next = this.#records.shift();
      if (next !== undefined) {
        yield { payload: Buffer.from(next.buffer, 0, next.length) };
        tellMain(this.#port, { type: "used", buffer: next.buffer }, [next.buffer]);
      } else if (this.#isEnded) return;
      else await this.#changed.wait();
    }
  }
}

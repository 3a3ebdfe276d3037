import type { MessagePort } from "node:worker_threads";
import type { EncodableBatch } from "../formats/format.ts";
import { Condition } from "./condition.ts";
import { slotOf, tellMain } from "./protocol.ts";
import type { EncodingJob, LargeFrame, SlotRecords, ToThread } from "./protocol.ts";

/** A batch in an encoder thread: its records come from the main thread, and can be read once. */
export class ReceivedBatch implements EncodableBatch {
  readonly id: string;
  readableCount: number | undefined;
  readonly #port: MessagePort;
  readonly #changed = new Condition();
  readonly #slots: SharedArrayBuffer;
  readonly #records: (SlotRecords | LargeFrame)[] = [];
  #isEnded = false;

  constructor({ batchId, port, slots }: EncodingJob) {
    this.id = batchId;
    this.#port = port;
    this.#slots = slots;
  }

  /** The main thread has sent something. */
  received(message: Exclude<ToThread, { type: "taken" }>): void {
    if (message.type === "records") this.#records.push(message.records);
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
        yield { payload: this.#payloadOf(next) };
        tellMain(this.#port, { type: "used" });
      } else if (this.#isEnded) return;
      else await this.#changed.wait();
    }
  }

  #payloadOf(records: SlotRecords | LargeFrame): Buffer {
    if ("buffer" in records) return Buffer.from(records.buffer);
    return slotOf(this.#slots, records.slot, records.length);
  }
}

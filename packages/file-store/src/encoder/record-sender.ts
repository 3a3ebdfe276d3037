import type { MessagePort } from "node:worker_threads";
import { slotBytes, slotCount, slotOf, tellThread } from "./protocol.ts";
import { Window } from "./window.ts";

/**
 * Gives a batch's frames to an encoder thread: copies them into slots, many small ones into one, since a
 * frame's bytes are valid only until the next, and waits while all slots are with the thread. The thread uses
 * them in order, so slots are taken in turn.
 */
export class RecordSender {
  readonly #port: MessagePort;
  readonly #slots: readonly Buffer[];
  /** Of slots and large frames. */
  readonly #window = new Window();
  /** The slot that fills, and the bytes in it. */
  #slot = 0;
  #length = 0;

  constructor(port: MessagePort, slots: SharedArrayBuffer) {
    this.#port = port;
    this.#slots = Array.from({ length: slotCount }, (_, slot) => slotOf(slots, slot));
  }

  /** Takes a frame's records; settles once they are copied. @returns false when nobody wants them any more. */
  async send(payload: Buffer): Promise<boolean> {
    if (this.#length + payload.length > slotBytes) this.#flush();
    // A large frame goes alone, so that what is under way stays bounded.
    if (!(await this.#window.below(payload.length > slotBytes ? 1 : slotCount))) return false;
    if (payload.length > slotBytes) this.#sendLarge(payload);
    else this.#length += payload.copy(this.#slots[this.#slot]!, this.#length);
    return true;
  }

  /** Says that these were all. */
  end(readableCount: number | undefined): void {
    this.#flush();
    tellThread(this.#port, { type: "end", readableCount });
  }

  /** The thread has used the oldest records. */
  used(): void {
    this.#window.answered();
  }

  /** Nobody wants more: a `send` that waits gives up. */
  stop(): void {
    this.#window.close();
  }

  #flush(): void {
    if (this.#length === 0) return;
    this.#window.sent();
    tellThread(this.#port, { type: "records", records: { slot: this.#slot, length: this.#length } });
    this.#slot = (this.#slot + 1) % slotCount;
    this.#length = 0;
  }

  #sendLarge(payload: Buffer): void {
    const { buffer } = new Uint8Array(payload);
    this.#window.sent();
    tellThread(this.#port, { type: "records", records: { buffer } }, [buffer]);
  }
}

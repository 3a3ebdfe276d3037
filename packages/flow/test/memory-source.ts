import assert from "node:assert";
import type { Channel, RecordSchema, Source } from "@sewer/core";
import type { SuccessorSource } from "@sewer/flow";

/** A source whose records are what the test writes. */
export class MemorySource implements SuccessorSource {
  readonly schema: RecordSchema = {
    name: "test",
    fields: [{ name: "text", type: "Text", nullable: false }],
  };
  readonly closes: number[] = [];
  openFault: Error | undefined;
  /** What open waits for. */
  ready: Promise<void> = Promise.resolve();
  /** Called while it opens, with the channel. */
  onOpen: (channel: Channel) => void = () => {};
  /** As the successor of another one: what it waits for before the former channel is let go of. */
  former: Promise<void> = Promise.resolve();
  #channel: Channel | undefined;

  async open(channel: Channel): Promise<void> {
    this.onOpen(channel);
    await this.ready;
    if (this.openFault !== undefined) throw this.openFault;
    this.#channel = channel;
  }

  takeOver(former: Source, channel: Channel): Promise<void> {
    assert(former instanceof MemorySource && former.isOpen, "the former source is open");
    this.#channel = channel;
    return this.former;
  }

  async close(graceMs: number): Promise<void> {
    this.closes.push(graceMs);
    this.#channel = undefined;
  }

  get isOpen(): boolean {
    return this.#channel !== undefined;
  }

  /** Commits one record for each text. */
  write(...texts: string[]): void {
    for (const text of texts) {
      const length = Buffer.byteLength(text);
      const reservation = this.#channel?.reserve(length);
      if (typeof reservation !== "object") throw new Error(`no room for a record: ${String(reservation)}`);
      reservation.buffer.write(text, reservation.offset);
      this.#channel?.commit(length);
    }
  }
}

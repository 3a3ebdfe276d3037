import type { Channel, Reservation } from "@sewer/core";

/** Takes every record and keeps none. */
export class NullChannel implements Channel {
  readonly isFull = false;
  readonly #room: Reservation = { buffer: Buffer.alloc(256 * 1024), offset: 0 };
  #count = 0;
  /** Bytes of all records. */
  bytes = 0;

  get durable(): number {
    return this.#count;
  }

  reserve(): Reservation {
    return this.#room;
  }

  commit(length: number): number {
    this.bytes += length;
    return ++this.#count;
  }

  onDurable(): () => void {
    return () => {};
  }

  onRoom(): () => void {
    return () => {};
  }
}

import { strict as assert } from "node:assert";
import type { Channel, Reservation, ReservationRefusal } from "@sewer/core";
import {
  accessLogEvent,
  extendedAccessLogEvent,
  type AccessLogEvent,
  type ExtendedAccessLogEvent,
} from "@sewer/writable";

const canary = 0xee;
const untouched = Buffer.alloc(256, canary);

/** A channel in memory. It checks that nobody writes beyond what was reserved. */
export class MemoryChannel implements Channel {
  readonly records: Buffer[] = [];
  /** When set, what `reserve` answers once `roomFor` records are committed. */
  refusal: ReservationRefusal | undefined;
  roomFor = 0;
  /** When true, `durable` moves only by {@link makeDurable}. */
  isLagging = false;
  /** Records by which `durable` is behind while it is not lagging. */
  lagBy = 0;
  reservations = 0;
  #durable = 0;
  #reserved = 0;
  readonly #buffer = Buffer.alloc(512 * 1024, canary);
  readonly #reservation: Reservation & { offset: number } = { buffer: this.#buffer, offset: 7 };
  readonly #durableListeners = new Set<() => void>();
  readonly #roomListeners = new Set<() => void>();

  reserve(bytesMax: number): Reservation | ReservationRefusal {
    this.reservations += 1;
    const refusal = this.#refusalNow;
    if (refusal !== undefined) return refusal;
    this.#reserved = bytesMax;
    this.#reservation.offset = 7 + (this.records.length % 13);
    return this.#reservation;
  }

  get isFull(): boolean {
    return this.#refusalNow === "full";
  }

  get #refusalNow(): ReservationRefusal | undefined {
    return this.records.length >= this.roomFor ? this.refusal : undefined;
  }

  commit(length: number): number {
    const { offset } = this.#reservation;
    assert(length <= this.#reserved, `${length} bytes committed, ${this.#reserved} reserved`);
    assert(this.#buffer[offset - 1] === canary, "written before the reservation");
    const end = offset + this.#reserved;
    assert(
      untouched.equals(this.#buffer.subarray(end, end + untouched.length)),
      "written behind the reservation",
    );
    this.records.push(Buffer.from(this.#buffer.subarray(offset, offset + length)));
    this.#buffer.fill(canary, offset, end);
    if (!this.isLagging) this.#durable = Math.max(this.#durable, this.records.length - this.lagBy);
    return this.records.length;
  }

  get durable(): number {
    return this.#durable;
  }

  onDurable(listener: () => void): () => void {
    this.#durableListeners.add(listener);
    return () => this.#durableListeners.delete(listener);
  }

  onRoom(listener: () => void): () => void {
    this.#roomListeners.add(listener);
    return () => this.#roomListeners.delete(listener);
  }

  get listeners(): number {
    return this.#durableListeners.size + this.#roomListeners.size;
  }

  makeDurable(record = this.records.length): void {
    this.#durable = record;
    for (const listener of this.#durableListeners) listener();
  }

  giveRoom(records: number): void {
    this.roomFor = this.records.length + records;
    for (const listener of this.#roomListeners) listener();
  }

  /** The records, decoded. */
  get events(): AccessLogEvent[] {
    return this.records.map((record) => accessLogEvent.decodeRecord(record));
  }

  /** The records of a source with `headers` or `body.record`, decoded. */
  get extendedEvents(): ExtendedAccessLogEvent[] {
    return this.records.map((record) => extendedAccessLogEvent.decodeRecord(record));
  }

  get paths(): string[] {
    return this.events.map(({ requestPath }) => requestPath);
  }
}

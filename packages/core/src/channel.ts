/**
 * Room for one record. The channel owns the object and gives the same one every time: read it at once,
 * keep nothing of it.
 */
export interface Reservation {
  /** The buffer to write into. */
  readonly buffer: Buffer;
  /** The first byte of `buffer` that is yours. */
  readonly offset: number;
}

/**
 * Why there is no room now.
 *
 * - `wait`: no free buffer, or the policy is `block`. Stop reading; {@link Channel.onRoom} tells when to go on.
 * - `full`: the policy is `refuse`. Answer 503, record nothing.
 */
export type ReservationRefusal = "wait" | "full";

/**
 * What a source writes records into; Flume's word for what the spool implements.
 *
 * Everything is synchronous, with no promise and no object per record: `reserve`, write the bytes, `commit`.
 * One reservation at a time; reserving again without a commit gives the first one up (that is how a source
 * takes back a record whose request turned out to be bad).
 */
export interface Channel {
  /** Asks for room for one record of at most `bytesMax` bytes. */
  reserve(bytesMax: number): Reservation | ReservationRefusal;
  /** Whether another `reserve` as large as the last would say `full` now. Asking changes and counts nothing. */
  readonly isFull: boolean;
  /**
   * Appends the first `length` bytes of the reservation as one record.
   *
   * @returns the record's number: 1 for the first of this channel, then one more each time.
   */
  commit(length: number): number;
  /**
   * The number of the newest record that is safe at the configured durability level, with all before it.
   * Never moves back. A source answers a request once this has reached its record's number.
   */
  readonly durable: number;
  /** Calls `listener` after {@link durable} has moved. @returns the call that ends it. */
  onDurable(listener: () => void): () => void;
  /** Calls `listener` when a `reserve` that said `wait` may succeed now. @returns the call that ends it. */
  onRoom(listener: () => void): () => void;
}

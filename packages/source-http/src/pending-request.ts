import type { ServedAnswer } from "./answers.ts";
import { BodyDecoder, type BodyLimits } from "./body-decoder.ts";
import { int32Bytes } from "./extended-record.ts";
import { GrowingBuffer } from "./growing-buffer.ts";
import type { ParseOutcome } from "./head-parser.ts";

/** What is known of a request when its body begins. */
export interface PendingRequestOptions {
  /** What it will be answered. */
  readonly answer: ServedAnswer;
  /** Length of the body as the head says it. */
  readonly bodyLength: number;
  readonly limits: BodyLimits;
  /** The most bytes that the record takes without its body. */
  readonly recordBytesMax: number;
  /** Whether the record ends with the body; else its bytes are only counted. */
  readonly isBodyRecorded: boolean;
  /** Monotonic milliseconds. */
  readonly sinceMs: number;
}

/**
 * A request whose body is under way. Record and answer come when the body is whole (docs/specs/http.md, R20);
 * until then the record waits here, because others may be committed in the meantime.
 */
export class PendingRequest {
  readonly answer: ServedAnswer;
  /** The record so far: null flags and all fields of the head. */
  readonly record: GrowingBuffer;
  /** When its head was whole, in monotonic milliseconds; later by the time in which we did not read. */
  sinceMs: number;
  readonly #decoder: BodyDecoder;
  readonly #isBodyRecorded: boolean;

  constructor(options: PendingRequestOptions) {
    this.answer = options.answer;
    this.sinceMs = options.sinceMs;
    this.record = new GrowingBuffer(options.recordBytesMax);
    this.#decoder = new BodyDecoder(options.bodyLength, options.limits);
    this.#isBodyRecorded = options.isBodyRecorded;
  }

  /** Goes on with `buffer[start, end)`. After `complete`, {@link position} is where the next request begins. */
  decode(buffer: Buffer, start: number, end: number): ParseOutcome {
    const target = this.#isBodyRecorded ? this.record : undefined;
    const outcome = this.#decoder.decode(buffer, start, end, target);
    if (outcome === "complete" && target !== undefined) {
      target.bytes.writeInt32BE(this.bodyBytes, target.length - this.bodyBytes - int32Bytes);
    }
    return outcome;
  }

  /** The first byte that {@link decode} did not take. */
  get position(): number {
    return this.#decoder.position;
  }

  /** Bytes of the body so far, without framing. */
  get bodyBytes(): number {
    return this.#decoder.dataBytes;
  }
}

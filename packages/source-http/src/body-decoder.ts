import { byteOf, hexValueOf, isValueByte } from "./byte-classes.ts";
import type { GrowingBuffer } from "./growing-buffer.ts";
import type { ParseOutcome } from "./head-parser.ts";
import type { RefusalReason } from "./refusals.ts";
import { chunkedBody } from "./request-head.ts";
import { TrailerSection, type TrailerLimits } from "./trailer-section.ts";

/** How much of a body is read. */
export interface BodyLimits extends TrailerLimits {
  /** Bytes of data, without framing. */
  readonly bodyBytesMax: number;
  /** Bytes of all chunk extensions of one body, their semicolons included. */
  readonly chunkExtensionBytesMax: number;
}

/*
 * chunked-body = *( size [ ";" extension ] CRLF data CRLF ) 1*"0" [ ";" extension ] CRLF *( field CRLF ) CRLF
 * (RFC 9112 section 7.1), one state for each place in it.
 */
const state = {
  /** Content-Length: nothing but data. */
  inFixed: 0,
  inSize: 1,
  inExtension: 2,
  atSizeLf: 3,
  inData: 4,
  atDataCr: 5,
  atDataLf: 6,
  inTrailers: 7,
  done: 8,
} as const;

type State = (typeof state)[keyof typeof state];

const sizeDigitsMax = 8;

/**
 * Finds the end of one body, byte by byte, whatever the pieces it comes in; keeps its data or only counts
 * them. As strict as the head: a chunk line that two parsers could read differently is refused
 * (docs/specs/http.md, R18). Trailer fields are checked and dropped.
 */
export class BodyDecoder {
  /** After {@link decode}: the first byte that was not taken. */
  position = 0;
  /** Bytes of data so far. */
  dataBytes = 0;
  readonly #limits: BodyLimits;
  #state: State;
  /** Data bytes that are still to come, of the body or of the chunk; inside a chunk line, its size so far. */
  #left: number;
  #sizeDigits = 0;
  #extensionBytes = 0;
  #trailers: TrailerSection | undefined;

  /** @param length bytes, more than 0, or {@link chunkedBody}. The rules have checked it. */
  constructor(length: number, limits: BodyLimits) {
    this.#limits = limits;
    this.#state = length === chunkedBody ? state.inSize : state.inFixed;
    this.#left = length === chunkedBody ? 0 : length;
  }

  /** Goes on with `buffer[start, end)`. @param target gets the data; without one they are counted only. */
  // oxlint-disable-next-line max-params -- a range of a buffer is three of them, as everywhere here
  decode(buffer: Buffer, start: number, end: number, target: GrowingBuffer | undefined): ParseOutcome {
    let position = start;
    while (position < end && this.#state !== state.done) {
      if (this.#state === state.inFixed || this.#state === state.inData) {
        const taken = Math.min(this.#left, end - position);
        target?.append(buffer, position, position + taken);
        position += taken;
        this.#dataTaken(taken);
      } else {
        const refused = this.#step(buffer[position]!);
        if (refused !== undefined) return refused;
        position += 1;
      }
    }
    this.position = position;
    return this.#state === state.done ? "complete" : "incomplete";
  }

  #dataTaken(bytes: number): void {
    this.dataBytes += bytes;
    this.#left -= bytes;
    if (this.#left > 0) return;
    this.#state = this.#state === state.inFixed ? state.done : state.atDataCr;
  }

  /** One byte of framing. */
  #step(byte: number): RefusalReason | undefined {
    switch (this.#state) {
      case state.inSize:
        return this.#size(byte);
      case state.inExtension:
        return this.#extension(byte);
      case state.atSizeLf:
        if (byte !== byteOf.lf) return "bad-chunk";
        this.#state = this.#left === 0 ? state.inTrailers : state.inData;
        return undefined;
      case state.atDataCr:
        if (byte !== byteOf.cr) return "bad-chunk";
        this.#state = state.atDataLf;
        return undefined;
      case state.atDataLf:
        if (byte !== byteOf.lf) return "bad-chunk";
        this.#sizeDigits = 0;
        this.#state = state.inSize;
        return undefined;
      case state.inTrailers:
        return this.#trailer(byte);
      case state.inFixed:
      case state.inData:
      case state.done:
        break;
    }
    return undefined;
  }

  /** 1 to 8 hex digits, then at once CR or `;`: no blank, no sign, no prefix. */
  #size(byte: number): RefusalReason | undefined {
    const digit = hexValueOf(byte);
    if (digit >= 0) {
      if (this.#sizeDigits === sizeDigitsMax) return "bad-chunk";
      this.#sizeDigits += 1;
      this.#left = this.#left * 16 + digit;
      return undefined;
    }
    if (this.#sizeDigits === 0) return "bad-chunk";
    if (this.dataBytes + this.#left > this.#limits.bodyBytesMax) return "body-too-large";
    if (byte === byteOf.cr) {
      this.#state = state.atSizeLf;
      return undefined;
    }
    if (byte !== byteOf.semicolon) return "bad-chunk";
    this.#state = state.inExtension;
    return this.#countExtension();
  }

  /** Read over, but for what no extension holds: a control byte could end the line for another parser. */
  #extension(byte: number): RefusalReason | undefined {
    if (byte === byteOf.cr) {
      this.#state = state.atSizeLf;
      return undefined;
    }
    return isValueByte[byte] === 1 ? this.#countExtension() : "bad-chunk";
  }

  #countExtension(): RefusalReason | undefined {
    this.#extensionBytes += 1;
    return this.#extensionBytes > this.#limits.chunkExtensionBytesMax
      ? "chunk-extensions-too-large"
      : undefined;
  }

  #trailer(byte: number): RefusalReason | undefined {
    this.#trailers ??= new TrailerSection(this.#limits);
    const refused = this.#trailers.read(byte);
    if (this.#trailers.isDone) this.#state = state.done;
    return refused;
  }
}

import { byteOf, isTokenByte, isValueByte } from "./byte-classes.ts";
import type { RefusalReason } from "./refusals.ts";

/** How large a trailer section may be. */
export interface TrailerLimits {
  /** Bytes of the section with its empty line. */
  readonly trailerBytesMax: number;
  readonly trailerFieldsMax: number;
}

/** Where the next byte stands. */
type Place = "line" | "name" | "value" | "lineEnd" | "sectionEnd" | "behind";

/** Checks trailer fields by the grammar of a head's and drops them, so that none can change the request. */
export class TrailerSection {
  readonly #limits: TrailerLimits;
  #place: Place = "line";
  #bytes = 0;
  #fields = 0;

  constructor(limits: TrailerLimits) {
    this.#limits = limits;
  }

  /** True when the empty line has been read. */
  get isDone(): boolean {
    return this.#place === "behind";
  }

  /** Reads one byte. @returns why it is refused. */
  read(byte: number): RefusalReason | undefined {
    this.#bytes += 1;
    if (this.#bytes > this.#limits.trailerBytesMax) return "trailers-too-large";
    switch (this.#place) {
      case "line":
        return this.#lineStart(byte);
      case "name":
        if (byte === byteOf.colon) this.#place = "value";
        else if (isTokenByte[byte] === 0) return "bad-trailer";
        return undefined;
      case "value":
        if (byte === byteOf.cr) this.#place = "lineEnd";
        else if (isValueByte[byte] === 0) return "bad-trailer";
        return undefined;
      case "lineEnd":
        this.#place = "line";
        return byte === byteOf.lf ? undefined : "bad-trailer";
      case "sectionEnd":
        this.#place = "behind";
        return byte === byteOf.lf ? undefined : "bad-trailer";
      case "behind":
        break;
    }
    return "bad-trailer";
  }

  /** The first byte of a field, or the CR of the empty line. */
  #lineStart(byte: number): RefusalReason | undefined {
    if (byte === byteOf.cr) {
      this.#place = "sectionEnd";
      return undefined;
    }
    if (isTokenByte[byte] === 0) return "bad-trailer";
    this.#fields += 1;
    this.#place = "name";
    return this.#fields > this.#limits.trailerFieldsMax ? "trailers-too-large" : undefined;
  }
}

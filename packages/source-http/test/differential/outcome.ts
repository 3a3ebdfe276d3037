/** One request as a server understood it, every text as the Latin-1 of its bytes. */
export interface Served {
  readonly method: string;
  readonly host: string;
  /** The target up to the first `?`. */
  readonly path: string;
  readonly query: string | null;
  readonly referer: string | null;
  readonly userAgent: string | null;
  readonly cookies: string | null;
  /** All X-A fields, a field that only we are told to record. */
  readonly extra: readonly string[];
  /** Without framing. */
  readonly body: string;
}

/** What a server made of the bytes of one connection. */
export interface Outcome {
  /** The requests whose head and body are whole, in order. */
  readonly served: readonly Served[];
  /** `more`: it waits for bytes. `closed`: a request asked for the end. Else the reason of a refusal. */
  readonly end: string;
  /** Bytes of all bodies, of a last one that is not whole too. */
  readonly bodyBytes: number;
}

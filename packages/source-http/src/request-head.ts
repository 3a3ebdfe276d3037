/** What a head says of its connection and expectations: bits of {@link RequestHead.flags}. */
export const headFlag = {
  /** `Connection: close`. */
  close: 1,
  /** `Connection: keep-alive`. */
  keepAlive: 2,
  /** An Expect field with anything but `100-continue`. */
  unknownExpectation: 4,
  /** `Expect: 100-continue`. */
  expectContinue: 8,
} as const;

/** The {@link RequestHead.bodyLength} of a body in chunks. */
export const chunkedBody = -1;

/**
 * Where the parts of one request head lie in the buffer that was parsed: offsets, no copies. There is one
 * object a parser, overwritten by every head; -1 in a start means that the part is not there.
 */
export class RequestHead {
  /** First byte of the method. */
  start = 0;
  /** After the empty line. */
  end = 0;
  methodEnd = 0;
  /** Origin-form: the target's first byte. Absolute-form: after the authority, once the rules have run. */
  pathStart = 0;
  /** At the first `?`, or at the target's end. An empty path stands for `/`. */
  pathEnd = 0;
  /** After the first `?`. */
  queryStart = -1;
  targetEnd = 0;
  /** Major and minor as one number: 11 for HTTP/1.1. */
  version = 0;
  flags = 0;

  hostCount = 0;
  hostStart = 0;
  hostEnd = 0;
  /** What is recorded: the Host field or the target's authority, without port. Set by the rules. */
  hostNameStart = 0;
  hostNameEnd = 0;

  refererStart = -1;
  refererEnd = 0;
  userAgentStart = -1;
  userAgentEnd = 0;

  contentLengthCount = 0;
  contentLengthStart = 0;
  contentLengthEnd = 0;
  transferEncodingCount = 0;
  transferEncodingStart = 0;
  transferEncodingEnd = 0;
  /** Bytes of the body, 0 for none, {@link chunkedBody} for chunks. Set by the rules. */
  bodyLength = 0;

  cookieCount = 0;
  /** Start and end of each Cookie field's value, in order. */
  readonly cookies: Int32Array;

  notedCount = 0;
  /** Number, start and end of each field that is noted, in order. */
  readonly noted: Int32Array;

  /** @param fieldsMax the most fields that a head may have. */
  constructor(fieldsMax: number) {
    this.cookies = new Int32Array(2 * fieldsMax);
    this.noted = new Int32Array(3 * fieldsMax);
  }

  /** Forgets the head before: nothing of it can leak into the next. */
  clear(): void {
    this.queryStart = -1;
    this.flags = 0;
    this.hostCount = 0;
    this.refererStart = -1;
    this.userAgentStart = -1;
    this.contentLengthCount = 0;
    this.transferEncodingCount = 0;
    this.bodyLength = 0;
    this.cookieCount = 0;
    this.notedCount = 0;
  }

  /** Notes one more field, whose value is `[start, end)`. */
  note(field: number, start: number, end: number): void {
    const at = 3 * this.notedCount;
    this.noted[at] = field;
    this.noted[at + 1] = start;
    this.noted[at + 2] = end;
    this.notedCount += 1;
  }
}

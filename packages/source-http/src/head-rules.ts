import { byteOf, equalsIgnoreCase, isDigit } from "./byte-classes.ts";
import { hostNameEnd, isSameHost } from "./host.ts";
import { isMethod, type Methods } from "./methods.ts";
import type { RefusalReason } from "./refusals.ts";
import { chunkedBody, headFlag, type RequestHead } from "./request-head.ts";

const connect = Buffer.from("CONNECT", "latin1");
const options = Buffer.from("OPTIONS", "latin1");
const chunked = Buffer.from("chunked", "latin1");
const schemes = [
  { prefix: Buffer.from("http://", "latin1"), defaultPort: 80 },
  { prefix: Buffer.from("https://", "latin1"), defaultPort: 443 },
];
const contentLengthDigitsMax = 15;

/**
 * Decides over heads whose grammar is right: what their parts mean together. Looked at in this order: target,
 * version, host, framing, method, expectation, size of the body. Framing is decided before anything is acted
 * on (docs/specs/http.md, R15).
 */
export class HeadRules {
  readonly methods: Methods;
  readonly #bodyBytesMax: number;

  /** @param bodyBytesMax bytes of the longest body. */
  constructor(methods: Methods, bodyBytesMax: number) {
    this.methods = methods;
    this.#bodyBytesMax = bodyBytesMax;
  }

  /**
   * Judges one head, and fills in what only the rules know: host without port, path of an absolute-form
   * target, length of the body.
   *
   * @returns undefined for a request to record and answer.
   */
  judge(request: RequestHead, buffer: Buffer): RefusalReason | undefined {
    // The way of nearly every request, with no look at a part twice.
    if (buffer[request.pathStart] !== byteOf.slash) {
      const refused = judgeTarget(request, buffer);
      if (refused !== undefined) return refused;
    }
    if (request.version !== 11) {
      const refused = judgeVersion(request.version);
      if (refused !== undefined) return refused;
    }
    const refused = judgeHost(request, buffer);
    if (refused !== undefined) return refused;
    if (request.contentLengthCount + request.transferEncodingCount !== 0) {
      const refusedFraming = judgeFraming(request, buffer);
      if (refusedFraming !== undefined) return refusedFraming;
    }
    if (!this.methods.has(request, buffer)) return "method-not-allowed";
    // An expectation in HTTP/1.0 means nothing (RFC 9110 section 10.1.1).
    if ((request.flags & headFlag.unknownExpectation) !== 0 && request.version >= 11)
      return "expectation-unknown";
    return request.bodyLength > this.#bodyBytesMax ? "body-too-large" : undefined;
  }
}

/** Every form but the origin-form. */
function judgeTarget(request: RequestHead, buffer: Buffer): RefusalReason | undefined {
  const { pathStart, targetEnd } = request;
  if (buffer[pathStart] === byteOf.asterisk && targetEnd === pathStart + 1) {
    return isMethod(request, buffer, options) ? undefined : "bad-target";
  }
  if (isMethod(request, buffer, connect)) {
    // Authority-form: a host and a port; well-formed it is refused as a method that is not allowed.
    const nameEnd = hostNameEnd(buffer, pathStart, targetEnd);
    return nameEnd > pathStart && nameEnd + 1 < targetEnd ? undefined : "bad-target";
  }
  return schemeOf(request, buffer) === undefined ? "bad-target" : undefined;
}

/** The scheme of an absolute-form target. No prefix holds a byte that ends a target, so none is read past it. */
function schemeOf(request: RequestHead, buffer: Buffer): (typeof schemes)[number] | undefined {
  const { pathStart } = request;
  return schemes.find(({ prefix }) => equalsIgnoreCase(buffer, pathStart, pathStart + prefix.length, prefix));
}

function judgeVersion(version: number): RefusalReason | undefined {
  if (version === 9) return "bad-version";
  return version >= 10 && version <= 19 ? undefined : "version-not-supported";
}

function judgeHost(request: RequestHead, buffer: Buffer): RefusalReason | undefined {
  if (request.hostCount > 1) return "host-repeated";
  if (request.hostCount === 1) {
    request.hostNameStart = request.hostStart;
    request.hostNameEnd = hostNameEnd(buffer, request.hostStart, request.hostEnd);
    if (request.hostNameEnd < 0) return "host-invalid";
  } else {
    if (request.version > 10) return "host-missing";
    request.hostNameStart = request.hostNameEnd = 0;
  }
  const scheme = buffer[request.pathStart] === byteOf.slash ? undefined : schemeOf(request, buffer);
  return scheme === undefined ? undefined : takeAuthority(request, buffer, scheme);
}

/** Absolute-form: the authority is what the record's host is, and the Host field must agree with it. */
function takeAuthority(
  request: RequestHead,
  buffer: Buffer,
  scheme: (typeof schemes)[number],
): RefusalReason | undefined {
  const start = request.pathStart + scheme.prefix.length;
  let end = start;
  while (end < request.pathEnd && buffer[end] !== byteOf.slash) end += 1;
  const nameEnd = hostNameEnd(buffer, start, end);
  if (nameEnd <= start) return "bad-target";
  const authority = { start, nameEnd, end };
  const field = { start: request.hostStart, nameEnd: request.hostNameEnd, end: request.hostEnd };
  if (request.hostCount === 1 && !isSameHost(buffer, authority, field, scheme.defaultPort))
    return "host-mismatch";
  request.hostNameStart = start;
  request.hostNameEnd = nameEnd;
  request.pathStart = end;
  return undefined;
}

/**
 * Finds the body's length, or what makes the message's end doubtful (RFC 9112 section 6.3). A request with
 * neither field has no body.
 */
function judgeFraming(request: RequestHead, buffer: Buffer): RefusalReason | undefined {
  const { contentLengthCount, transferEncodingCount } = request;
  if (contentLengthCount !== 0 && transferEncodingCount !== 0) return "framing-conflict";
  if (contentLengthCount !== 0) {
    const length = contentLengthCount === 1 ? contentLengthOf(request, buffer) : undefined;
    if (length === undefined) return "content-length-invalid";
    request.bodyLength = length;
    return undefined;
  }
  const { transferEncodingStart, transferEncodingEnd } = request;
  const isSound =
    transferEncodingCount === 1 &&
    request.version >= 11 &&
    equalsIgnoreCase(buffer, transferEncodingStart, transferEncodingEnd, chunked);
  if (!isSound) return "transfer-encoding-invalid";
  request.bodyLength = chunkedBody;
  return undefined;
}

/** Digits only, and so few that a number holds them exactly. */
function contentLengthOf(request: RequestHead, buffer: Buffer): number | undefined {
  const { contentLengthStart, contentLengthEnd } = request;
  const digits = contentLengthEnd - contentLengthStart;
  if (digits === 0 || digits > contentLengthDigitsMax) return undefined;
  let length = 0;
  for (let position = contentLengthStart; position < contentLengthEnd; position += 1) {
    const byte = buffer[position]!;
    if (!isDigit(byte)) return undefined;
    length = length * 10 + byte - byteOf.zero;
  }
  return length;
}

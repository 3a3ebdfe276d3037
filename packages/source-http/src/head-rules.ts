import { byteOf, equalsIgnoreCase, isDigit } from "./byte-classes.ts";
import { hostNameEnd, isSameHost } from "./host.ts";
import type { RefusalReason } from "./refusals.ts";
import { headFlag, type RequestHead } from "./request-head.ts";

const get = Buffer.from("GET", "latin1");
const head = Buffer.from("HEAD", "latin1");
const connect = Buffer.from("CONNECT", "latin1");
const options = Buffer.from("OPTIONS", "latin1");
const chunked = Buffer.from("chunked", "latin1");
const schemes = [
  { prefix: Buffer.from("http://", "latin1"), defaultPort: 80 },
  { prefix: Buffer.from("https://", "latin1"), defaultPort: 443 },
];
const contentLengthDigitsMax = 15;

/**
 * Decides over a head whose grammar is right: what its parts mean together. Looked at in this order: target,
 * version, host, framing, method, expectation, body. Framing is decided before anything is acted on
 * (docs/specs/http.md, R15).
 *
 * Fills in what a record needs and only the rules know: host without port, path of an absolute-form target.
 *
 * @returns undefined for a request to record and answer.
 */
export function judgeHead(request: RequestHead, buffer: Buffer): RefusalReason | undefined {
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
  if (!isMethod(request, buffer, get) && !isMethod(request, buffer, head)) return "method-not-allowed";
  // An expectation in HTTP/1.0 means nothing (RFC 9110 section 10.1.1).
  if ((request.flags & headFlag.unknownExpectation) !== 0 && request.version >= 11)
    return "expectation-unknown";
  if (request.transferEncodingCount !== 0) return "chunked-not-accepted";
  if (request.contentLengthCount !== 0 && !isZero(request, buffer)) return "body-not-accepted";
  return undefined;
}

/** True when the method is `expected`, case and all. */
function isMethod(request: RequestHead, buffer: Buffer, expected: Uint8Array): boolean {
  if (request.methodEnd - request.start !== expected.length) return false;
  for (let index = 0; index < expected.length; index += 1) {
    if (buffer[request.start + index] !== expected[index]) return false;
  }
  return true;
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

/** What makes a message's end doubtful (RFC 9112 section 6.3); a framing that is sound says undefined. */
function judgeFraming(request: RequestHead, buffer: Buffer): RefusalReason | undefined {
  const { contentLengthCount, transferEncodingCount } = request;
  if (contentLengthCount !== 0 && transferEncodingCount !== 0) return "framing-conflict";
  if (contentLengthCount !== 0) {
    return contentLengthCount === 1 && isContentLength(request, buffer)
      ? undefined
      : "content-length-invalid";
  }
  const { transferEncodingStart, transferEncodingEnd } = request;
  const isSound =
    transferEncodingCount === 1 &&
    request.version >= 11 &&
    equalsIgnoreCase(buffer, transferEncodingStart, transferEncodingEnd, chunked);
  return isSound ? undefined : "transfer-encoding-invalid";
}

function isContentLength(request: RequestHead, buffer: Buffer): boolean {
  const { contentLengthStart, contentLengthEnd } = request;
  const length = contentLengthEnd - contentLengthStart;
  if (length === 0 || length > contentLengthDigitsMax) return false;
  for (let position = contentLengthStart; position < contentLengthEnd; position += 1) {
    if (!isDigit(buffer[position]!)) return false;
  }
  return true;
}

function isZero(request: RequestHead, buffer: Buffer): boolean {
  for (let position = request.contentLengthStart; position < request.contentLengthEnd; position += 1) {
    if (buffer[position] !== byteOf.zero) return false;
  }
  return true;
}

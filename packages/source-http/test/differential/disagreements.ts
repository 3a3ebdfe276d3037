import { METHODS } from "node:http";
import { isIPv6 } from "node:net";

/** A class of inputs that the two servers take differently, and why that is right. */
export interface Disagreement {
  /** Which of the two refuses, and its own word for that. */
  readonly by: "ours" | "node";
  readonly reason: string;
  readonly why: string;
  /** Met once in millions of inputs, so not asked of a test run. */
  readonly isRare?: true;
  /** Whether such a fault is in the input (Latin-1) at all. */
  readonly holds: (input: string) => boolean;
}

interface RequestLine {
  readonly method: string;
  readonly target: string;
  readonly version: string;
}

function requestLines(input: string): RequestLine[] {
  return [...input.matchAll(/([^\s:]+) +(\S+) +HTTP\/(\d\.\d)/g)].map(([, method, target, version]) => ({
    method: method!,
    target: target!,
    version: version!,
  }));
}

/** The values of all fields of that name, wherever they stand. */
function valuesOf(input: string, name: string): string[] {
  const pattern = new RegExp(`(?:^|[\\r\\n])${name}:([^\\r\\n]*)`, "gi");
  return [...input.matchAll(pattern)].map((match) => match[1]!.replace(/^[ \t]+|[ \t]+$/g, ""));
}

const has =
  (pattern: RegExp) =>
  (input: string): boolean =>
    pattern.test(input);

/** A name or address, then perhaps a port; or nothing. */
const hostPattern = /^(?:((?:[-\w.~!$&'()*+;=]|%[0-9a-f]{2})+|\[([0-9a-f:.]+)\])(?::(\d*))?)?$/i;

function isHost(value: string): boolean {
  const [isMatch, , address, port = "0"] = hostPattern.exec(value) ?? [];
  return isMatch !== undefined && (address === undefined || isIPv6(address)) && Number(port) <= 65_535;
}

/** What node takes and we refuse. */
const stricter: readonly Disagreement[] = [
  {
    by: "ours",
    reason: "bad-target",
    why: "RFC 9112 section 3.2: origin-form, http(s) absolute-form without user info, `*` for OPTIONS, a host and port for CONNECT, nothing else; no fragment",
    holds: (input) =>
      requestLines(input).some(({ target }) => !/^\/[^#]*$/.test(target)) ||
      // Two spaces, and the version-less line of HTTP/0.9.
      /[^\s:] {2}|[^\s:] \S+\r?(\n|$)|#/.test(input),
  },
  {
    by: "ours",
    reason: "bad-request-line",
    why: "RFC 9112 section 3: one space, nothing repaired; at most two CRLFs before it, no bare LF",
    holds: has(/[^\s:] {2,}\S|(^|\n|\r)[\r\n]/),
  },
  {
    by: "ours",
    reason: "bad-version",
    why: "one space before the version, and HTTP/0.9 has none",
    holds: has(/HTTP\/0\.9|\S {2}/),
  },
  {
    by: "ours",
    reason: "bad-line-end",
    why: "RFC 9112 section 2.2: a CR that no LF follows is no line end; llhttp skips some before a request line",
    holds: has(/\r(?!\n)/),
  },
  {
    by: "ours",
    reason: "closed",
    why: "RFC 9112 section 9.3: close wins, whatever stands beside it; for llhttp, keep-alive wins in HTTP/1.0",
    holds: (input) =>
      requestLines(input).some(({ version }) => version === "1.0") &&
      valuesOf(input, "connection").some((value) => /keep-alive/i.test(value) && /close/i.test(value)),
  },
  {
    by: "ours",
    reason: "version-not-supported",
    why: "HTTP/2.0 is not spoken in lines of text",
    holds: (input) => requestLines(input).some(({ version }) => version === "2.0"),
  },
  {
    by: "ours",
    reason: "host-missing",
    why: "RFC 9112 section 3.2. The option of node that refuses it is off here, because its refusals cannot be watched",
    holds: (input) =>
      input
        .split(/\r\n\r\n|(?=\b[A-Z]+ \S+ HTTP)/)
        .some((head) => requestLines(head).length > 0 && valuesOf(head, "host").length === 0),
  },
  {
    by: "ours",
    reason: "host-repeated",
    why: "RFC 9112 section 3.2: more than one Host is refused; node drops it",
    holds: (input) => valuesOf(input, "host").length > 1,
  },
  {
    by: "ours",
    reason: "host-invalid",
    why: "RFC 9112 section 3.2: a Host with an invalid value is refused; node does not look at it",
    holds: (input) => valuesOf(input, "host").some((value) => !isHost(value)),
  },
  {
    by: "ours",
    reason: "host-mismatch",
    why: "an absolute-form target that names another host than the Host field",
    holds: (input) => requestLines(input).some(({ target }) => /^https?:/i.test(target)),
  },
  {
    by: "ours",
    reason: "method-not-allowed",
    why: "CONNECT and TRACE are never served",
    holds: (input) => requestLines(input).some(({ method }) => /(CONNECT|TRACE)$/.test(method)),
  },
  {
    by: "ours",
    reason: "expectation-unknown",
    why: "RFC 9110 section 10.1.1: node finds 100-continue among other words",
    holds: (input) => valuesOf(input, "expect").some((value) => !/^100-continue$/i.test(value)),
  },
  {
    by: "ours",
    reason: "content-length-invalid",
    why: "at most 15 digits, which a number holds exactly",
    holds: (input) => valuesOf(input, "content-length").some((value) => /^\d{16,}$/.test(value)),
  },
  {
    by: "ours",
    reason: "transfer-encoding-invalid",
    why: "the one word chunked, in HTTP/1.1 only: every other list is read differently by somebody",
    holds: (input) =>
      valuesOf(input, "transfer-encoding").some((value) => !/^chunked$/i.test(value)) ||
      valuesOf(input, "transfer-encoding").length > 1 ||
      requestLines(input).some(({ version }) => version === "1.0"),
  },
  {
    by: "ours",
    reason: "body-too-large",
    why: "128 KiB unless told otherwise; node leaves that to the application",
    holds: (input) =>
      valuesOf(input, "content-length").some((value) => Number(value) > 131_072) ||
      [...input.matchAll(/(?:^|\n)([0-9a-f]+)[;\r]/gi)].some(([, size]) => Number(`0x${size}`) > 131_072),
  },
  {
    by: "ours",
    reason: "bad-chunk",
    why: "at most 8 digits of size",
    holds: has(/(^|\n)[0-9a-f]{9,}/i),
  },
];

/** A field behind the last chunk, whose size is 0. */
const inTrailer = (start: string): RegExp =>
  new RegExp(`(?:^|\\n)0+(?:;[^\\r\\n]*)?\\r\\n(?:[^\\r\\n]+\\r\\n)*${start}`, "i");

/** What we take and node refuses. */
const looser: readonly Disagreement[] = [
  {
    by: "node",
    reason: "HPE_INVALID_CONTENT_LENGTH",
    why: "RFC 9110 section 6.5.1: in a trailer it frames nothing; trailers are passed over",
    isRare: true,
    holds: has(inTrailer("content-length:")),
  },
  {
    by: "node",
    reason: "HPE_INVALID_TRANSFER_ENCODING",
    why: "RFC 9110 section 6.5.1: in a trailer it frames nothing; section 5.6.3: a tab beside its value is a blank",
    isRare: true,
    holds: (input) =>
      inTrailer("transfer-encoding:").test(input) || /transfer-encoding:[^\r\n]*\t/i.test(input),
  },
  {
    by: "node",
    reason: "HPE_CLOSED_CONNECTION",
    why: "RFC 9110 section 6.5.1: in a trailer it says nothing of the connection; trailers are passed over",
    isRare: true,
    holds: has(inTrailer("connection:")),
  },
  {
    by: "node",
    reason: "more",
    why: "RFC 9110 section 7.8: an Upgrade may be ignored; node has no use for what follows it. PRI, whose line begins HTTP/2, is a method like any other",
    holds: (input) =>
      /\bPRI /.test(input) ||
      (valuesOf(input, "connection").some((value) => /upgrade/i.test(value)) &&
        valuesOf(input, "upgrade").length > 0),
  },
  {
    by: "node",
    reason: "HPE_INVALID_METHOD",
    why: "RFC 9110 section 9.1: a method is any token; `methods` says which are recorded. llhttp knows a list",
    holds: has(new RegExp(`(^|[^A-Z-])(?!(${METHODS.join("|")}) )[!#$%&'*+\\-.^_\`|~0-9A-Za-z]+`)),
  },
  {
    by: "node",
    reason: "HPE_INVALID_VERSION",
    why: "RFC 9110 section 2.5: a server answers 1.2 to 1.9 as the highest minor version that it knows",
    holds: has(/HTTP\/1\.[2-9]|PRI /),
  },
  {
    by: "node",
    reason: "HPE_INVALID_URL",
    why: "bytes from 0x80 on are recorded as they come: no event is lost for a client that does not escape",
    holds: has(/[\x80-\xff]/),
  },
  {
    by: "node",
    reason: "HPE_STRICT",
    why: "RFC 9112 section 7.1.1: blanks around the parts of a chunk extension are bad, not forbidden",
    holds: has(/[0-9a-f][^\r\n]*;[^\r\n]*/i),
  },
];

export const disagreements: readonly Disagreement[] = [...stricter, ...looser];

import { gzipSync } from "node:zlib";
import type { ServedAnswer } from "./answers.ts";
import type { FieldNames } from "./field-names.ts";
import { isMethod } from "./methods.ts";
import type { RequestHead } from "./request-head.ts";

/** The fields of a request that decide how it is answered. */
export const crossdomainFields = ["accept-encoding", "if-modified-since"] as const;

/** An answer that is made for one request: it is not recorded. */
export interface Page {
  readonly status: number;
  readonly bytes: Buffer;
}

const path = Buffer.from("/crossdomain.xml", "latin1");
const head = Buffer.from("HEAD", "latin1");

/** The policy of the original Sewer: Flash of every site may read the answers. */
const policy = Buffer.from(
  '<?xml version="1.0" encoding="UTF-8"?>' +
    '<!DOCTYPE cross-domain-policy SYSTEM "http://www.adobe.com/xml/dtds/cross-domain-policy.dtd">' +
    '<cross-domain-policy><allow-access-from domain="*" secure="false"/></cross-domain-policy>',
  "latin1",
);
/** Any date that never changes: the policy never does. */
const modified = "Sat, 01 Jan 2000 00:00:00 GMT";
const maxAgeSeconds = 315_360_000;

/** `/crossdomain.xml`, as the original serves it: any method, any query, with 304 and gzip. */
export class Crossdomain {
  readonly #encodingField: number;
  readonly #sinceField: number;
  readonly #gzipped = gzipSync(policy);

  /** @param names notes {@link crossdomainFields}. */
  constructor(names: FieldNames) {
    this.#encodingField = names.numberOf(crossdomainFields[0]);
    this.#sinceField = names.numberOf(crossdomainFields[1]);
  }

  /** True when this request asks for the page. */
  isAsked(request: RequestHead, buffer: Buffer): boolean {
    const { pathStart, pathEnd } = request;
    return (
      pathEnd - pathStart === path.length && buffer.compare(path, 0, path.length, pathStart, pathEnd) === 0
    );
  }

  /** The answer. @param persistence how the connection goes on. @param date the value of Date. */
  // oxlint-disable-next-line max-params -- the head, what its offsets refer to, and how it is answered
  answer(request: RequestHead, buffer: Buffer, persistence: ServedAnswer, date: string): Page {
    const lines = [
      `Date: ${date}`,
      `Cache-Control: max-age=${maxAgeSeconds}, public`,
      `Last-Modified: ${modified}`,
    ];
    lines.push("Vary: Accept-Encoding");
    if (persistence !== "plain") lines.push(`Connection: ${persistence}`);
    if (isUnmodified(valueOf(request, buffer, this.#sinceField))) {
      return {
        status: 304,
        bytes: Buffer.from(`HTTP/1.1 304 Not Modified\r\n${lines.join("\r\n")}\r\n\r\n`),
      };
    }
    const isGzip = takesGzip(valueOf(request, buffer, this.#encodingField));
    const body = isGzip ? this.#gzipped : policy;
    if (isGzip) lines.push("Content-Encoding: gzip");
    lines.push("Content-Type: application/xml", `Content-Length: ${body.length}`);
    const start = Buffer.from(`HTTP/1.1 200 OK\r\n${lines.join("\r\n")}\r\n\r\n`);
    return { status: 200, bytes: isMethod(request, buffer, head) ? start : Buffer.concat([start, body]) };
  }
}

/** All fields of a number joined; "" when there is none. */
function valueOf(request: RequestHead, buffer: Buffer, field: number): string {
  const values: string[] = [];
  for (let index = 0; index < request.notedCount; index += 1) {
    const [number, start, end] = request.noted.subarray(3 * index, 3 * index + 3);
    if (number === field) values.push(buffer.toString("latin1", start, end));
  }
  return values.join(", ");
}

/** A date that cannot be read counts as not given (RFC 9110 section 13.1.3). */
function isUnmodified(since: string): boolean {
  return Date.parse(since) >= Date.parse(modified);
}

/** gzip or `*` with a weight above 0 (RFC 9110 section 12.5.3); gzip's own weight counts first. */
function takesGzip(accepted: string): boolean {
  const weights = new Map<string, number>();
  for (const element of accepted.toLowerCase().split(",")) {
    const [coding = "", ...parameters] = element.split(";").map((part) => part.trim());
    const weight = parameters.find((part) => part.startsWith("q="))?.slice(2);
    weights.set(coding, weight === undefined ? 1 : Number(weight));
  }
  return (weights.get("gzip") ?? weights.get("x-gzip") ?? weights.get("*") ?? 0) > 0;
}

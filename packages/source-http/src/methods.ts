import type { ResolvedHttpSourceOptions } from "./options.ts";
import type { RequestHead } from "./request-head.ts";

/** What `any` says in `Allow`: the methods of RFC 9110 section 9 that are served, and PATCH. */
const knownMethods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
/** What `any` leaves out: a 2xx to CONNECT opens a tunnel, one to TRACE echoes (RFC 9110 section 9.3). */
const neverServed = [bytesOf("CONNECT"), bytesOf("TRACE")];

/** The methods that are recorded and answered 204. */
export class Methods {
  /** As a value of `Allow`. */
  readonly allow: string;
  /** In the order of the list: the first ones are found fastest. Undefined for any. */
  readonly #served: readonly Buffer[] | undefined;

  constructor(methods: ResolvedHttpSourceOptions["methods"]) {
    this.allow = (methods === "any" ? knownMethods : methods).join(", ");
    this.#served = methods === "any" ? undefined : methods.map(bytesOf);
  }

  /** True when the head's method is served. */
  has(head: RequestHead, buffer: Buffer): boolean {
    if (this.#served === undefined) return !isOneOf(neverServed, head, buffer);
    return isOneOf(this.#served, head, buffer);
  }
}

/** True when the head's method is `expected`, case and all. */
export function isMethod(head: RequestHead, buffer: Buffer, expected: Uint8Array): boolean {
  if (head.methodEnd - head.start !== expected.length) return false;
  for (let index = 0; index < expected.length; index += 1) {
    if (buffer[head.start + index] !== expected[index]) return false;
  }
  return true;
}

// A loop, because this runs for every request and `some` would take a closure.
function isOneOf(methods: readonly Buffer[], head: RequestHead, buffer: Buffer): boolean {
  for (let index = 0; index < methods.length; index += 1) {
    if (isMethod(head, buffer, methods[index]!)) return true;
  }
  return false;
}

function bytesOf(method: string): Buffer {
  return Buffer.from(method, "latin1");
}

/** What this server does otherwise than the original, and why. */
export interface Difference {
  /** The statuses of all answers, then what becomes of the connection: `204 open`. */
  readonly ours: string;
  readonly why: string;
}

const wellFormed =
  "a body is read before its request is answered: what could be cut short or smuggled is no event";
const framing = "two parsers could read another length: request smuggling (RFC 9112 section 6.3)";
const grammar = "not the grammar of RFC 9112, and another parser could read it otherwise";
const limits = "the limits are larger, and each has a status of its own (RFC 9110 section 15.5, RFC 6585)";
const never =
  "never a success: RFC 9110 sections 9.3.6 and 9.3.8 give these methods a meaning that no pixel has";
const allowed = "only `methods` are recorded; `any` is the original's way";
const crossdomain = "off unless `crossdomain` is on: then it is no pixel";

/** By the names of the recorded requests, with `methods: any`. */
export const differences: Readonly<Record<string, Difference>> = {
  h09: { ours: "400 closes", why: "HTTP/0.9 has no status: whoever speaks it learns nothing of a refusal" },
  "post-short-body": { ours: "open", why: wellFormed },
  "post-expect": {
    ours: "100 open",
    why: "the client waits to be asked for its body (RFC 9110 section 10.1.1)",
  },
  trace: { ours: "405 closes", why: never },
  connect: { ours: "405 closes", why: never },
  "absolute-form": { ours: "400 closes", why: "the target names another host than the Host field" },
  "host-twice": { ours: "400 closes", why: "RFC 9112 section 3.2: one Host, or 400" },
  "bad-version": {
    ours: "505 closes",
    why: "well-formed, of another major version (RFC 9110 section 15.6.6)",
  },
  "bare-lf": { ours: "400 closes", why: grammar },
  "header-nocolon": { ours: "400 closes", why: grammar },
  "header-space-colon": {
    ours: "400 closes",
    why: "RFC 9112 section 5.1: a blank before the colon is refused",
  },
  "obs-fold": { ours: "400 closes", why: "RFC 9112 section 5.2: a folded line is refused" },
  "cl-two": { ours: "400 closes", why: framing },
  "cl-te": { ours: "400 closes", why: framing },
  "head-7k": { ours: "204 open", why: limits },
  "head-20k": { ours: "431 closes", why: limits },
  "uri-20k": { ours: "414 closes", why: limits },
  "many-headers": { ours: "431 closes", why: "200 fields: no browser sends so many, and each costs time" },
};

/** The further ones with the default options. */
export const differencesByDefault: Readonly<Record<string, Difference>> = Object.fromEntries(
  ["put", "delete", "patch", "options", "options-star", "method-foo", "method-lower"].map((name) => [
    name,
    { ours: "405 closes", why: allowed },
  ]),
);

/** The original serves this file always. */
export const differencesWithoutCrossdomain: Readonly<Record<string, Difference>> = Object.fromEntries(
  "xdom xdom-gzip xdom-gzip-q0 xdom-ims xdom-ims-old xdom-ims-bad xdom-head xdom-post xdom-query xdom-param xdom-encoded xdom-close xdom-h10"
    .split(" ")
    .map((name) => [
      name,
      { ours: name === "xdom-close" || name === "xdom-h10" ? "204 closes" : "204 open", why: crossdomain },
    ]),
);
